"""docs/reference/command-line.md lists every option of every command."""

import re

import pytest
from typer.main import get_command

from limner_admin.__main__ import app as limner_admin
from limner_client.command import app as limner_client
from local.__main__ import app as local
from local.signing.__main__ import app as signing
from style_engine.__main__ import app as style_engine
from tests.template_reader import ROOT

TEXT = (ROOT / "docs/reference/command-line.md").read_text("utf-8")


def commands_of(group, prefix=""):
    """Every command by its name, which a group of commands begins with its own."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands_of(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


PROGRAMS = {
    "style_engine": style_engine,
    "local": local,
    "local.signing": signing,
    "limner_admin": limner_admin,
    "limner": limner_client,
}
COMMANDS = {
    (program, name): command
    for program, app in PROGRAMS.items()
    for name, command in commands_of(get_command(app))
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_listed(name):
    program, command = name
    of_program = TEXT.partition(f"## {program}\n")[2].partition("\n## ")[0]
    section = of_program.partition(f"### {command}\n")[2].partition("\n##")[0]
    rows = [row for row in section.splitlines() if row.startswith("| `-")]
    listed = {option for row in rows for option in re.findall(r"`(--?[a-z-]+)`", row.split("|")[1])}
    options = {
        option
        for parameter in COMMANDS[name].params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert listed == {option for option in options if option.startswith("-")} - {"--help"}
