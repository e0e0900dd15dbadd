"""Certificates for signing pictures.

python -m local.signing setup      an own authority and a local key, in .signing
python -m local.signing certify    certify the KMS key of a stack by the own authority
python -m local.signing request    a certificate request of the KMS key of a stack, for another authority
"""

from typing import Annotated, Any

import boto3
import typer

from local.signing.authority import FOLDER, ensure
from local.signing.kms import CERTIFICATE_NAME, certificate_request, publish_certificate

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)
KeyOption = Annotated[str, typer.Option(help="The output SigningKey of the stack.")]


@app.command()
def setup() -> None:
    """Make what is missing or about to expire in .signing."""
    ensure()
    typer.echo(f"signing key and authority: {FOLDER}")


@app.command()
def certify(
    key: KeyOption,
    parameter: Annotated[str, typer.Option(help="The output SigningCertificates of the stack.")],
) -> None:
    """Certify the stack's key by the own authority. Viewers show such a signer as unknown."""
    publish_certificate(ensure(), _client("kms"), _client("ssm"), key, parameter)
    typer.echo(f"certified by {FOLDER / 'ca.pem'}; in use within minutes, from the next photo on")


@app.command()
def request(
    key: KeyOption,
    organization: Annotated[str, typer.Option(help="The organization that viewers show as signer.")],
    name: Annotated[str, typer.Option(help="The common name.")] = CERTIFICATE_NAME,
) -> None:
    """Print a certificate request, signed by the stack's key."""
    typer.echo(certificate_request(_client("kms"), key, organization=organization, name=name), nl=False)


def _client(service: str) -> Any:
    """With the credentials and the region of whoever deploys."""
    return boto3.client(service)


if __name__ == "__main__":
    app(prog_name="python -m local.signing")
