"""Administer a deployed stack.

python -m limner_admin tenants …          create, show, change and suspend tenants; rules; attached buckets
python -m limner_admin keys …             make, list, revoke and rotate API keys
python -m limner_admin quotas …           show what a tenant has used of its caps
python -m limner_admin recommendations …   estimate what other choices of looks would have brought
python -m limner_admin restyles …         new looks for millions of photos: estimate, start, pause, resume
python -m limner_admin erase …            erase a photo or a tenant, and read the audit log
python -m limner_admin migrate …          copy the photos of a stack without tenants to the keys with tenants
python -m limner_admin remove-former …    then delete what they were copied from

It has the credentials and the region of whoever calls it, and honours AWS_ENDPOINT_URL.
"""

import sys

import typer
from pydantic import ValidationError

from limner.errors import LimnerError
from limner_admin import erase, keys, migrate, quotas, recommendations, restyles, tenants
from limner_admin.output import stderr

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False, no_args_is_help=True)
app.add_typer(tenants.app, name="tenants")
app.add_typer(keys.app, name="keys")
app.add_typer(quotas.app, name="quotas")
app.add_typer(recommendations.app, name="recommendations")
app.add_typer(restyles.app, name="restyles")
app.add_typer(erase.app, name="erase")
app.command("migrate")(migrate.migrate)
app.command("remove-former")(migrate.remove_former)


def main() -> None:
    """An error ends the command with status 1, its stable code and one line."""
    try:
        app(prog_name="python -m limner_admin")
    except LimnerError as error:
        stderr.print(f"{error.code}: {error}", markup=False, highlight=False, style="red")
        sys.exit(1)
    except ValidationError as error:
        for problem in error.errors():
            field = ".".join(map(str, problem["loc"]))
            stderr.print(f"invalid_request: {field}: {problem['msg']}", markup=False, style="red")
        sys.exit(1)


if __name__ == "__main__":
    main()
