"""Administer a deployed stack.

python -m limner_admin tenants …  create, show, change, suspend and resume tenants

It has the credentials and the region of whoever calls it, and honours AWS_ENDPOINT_URL.
"""

import sys

import typer
from pydantic import ValidationError

from limner.errors import LimnerError
from limner_admin import tenants
from limner_admin.output import stderr

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False, no_args_is_help=True)
app.add_typer(tenants.app, name="tenants")


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
