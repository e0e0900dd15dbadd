"""The emulator with the deployed stack, as a context manager."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from limner.identity import Scope
from limner.tenancy import paired_test_tenant
from local.aws.edge import serving_edge
from local.aws.emulator import Emulator, Image
from local.aws.sign_in import add_key, add_tenant
from local.aws.stack import Stack, deploy, wait_for_model, warm_up
from local.signing.authority import ensure
from local.signing.kms import publish_certificate

ROOT = Path(__file__).resolve().parents[2]
STYLIZER = Image(
    script=ROOT / "functions/stylizer/__main__.py",
    artefacts=ROOT / "engine/models/fusenet-lite",
)
LOGS = ROOT / "build/local"
TENANT = "main"
SHOP_SCOPES = tuple(Scope)


@dataclass(frozen=True)
class Running:
    """`api_key` is a key of TENANT, with every right that a shop has, `test_key` one of its test tenant."""

    emulator: Emulator
    stack: Stack
    api_key: str
    test_key: str

    @property
    def page_link(self) -> str:
        """Signs the page in. A browser sends no server what stands after the #."""
        return f"{self.stack.api_url}/#key={self.api_key}"


def _ignore_step(_: str) -> None:
    pass


@contextmanager
def running(
    *,
    image: Image = STYLIZER,
    logs: Path = LOGS,
    parameters: Mapping[str, str] | None = None,
    on_step: Callable[[str], None] = _ignore_step,
) -> Iterator[Running]:
    """The whole template, until the block ends; `on_step` is called with each step of the start.

    Raises:
        DidNotStart: the emulator did not start.
        DeployFailed: the stack was not created, or the model not loaded.
    """
    on_step("starting the emulator")
    with Emulator(image, logs) as emulator, serving_edge(emulator.client("s3")) as edge:
        on_step("deploying template.yaml")
        stack = deploy(emulator, ROOT / "template.yaml", {"PicturesEndpoint": edge.url, **(parameters or {})})
        edge.bucket = stack.results_bucket
        _certify_signing_key(emulator, stack)
        on_step("loading the model")
        warm_up(emulator, stack)
        wait_for_model(emulator, stack)
        test_tenant = paired_test_tenant(TENANT)
        add_tenant(emulator, stack, test_tenant)
        keys = [add_key(emulator, stack, tenant, SHOP_SCOPES) for tenant in (TENANT, test_tenant)]
        yield Running(emulator, stack, *keys)


def _certify_signing_key(emulator: Emulator, stack: Stack) -> None:
    """As `python -m local.signing certify` does for a stack in AWS."""
    kms, ssm = emulator.client("kms"), emulator.client("ssm")
    publish_certificate(ensure(), kms, ssm, stack.signing_key, stack.signing_certificates)
