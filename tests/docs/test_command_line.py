"""docs/reference/command-line.md lists every option of every command."""

import re

import pytest
from typer.main import get_command

from local.__main__ import app as local
from local.signing.__main__ import app as signing
from style_engine.__main__ import app as style_engine
from tests.template_reader import ROOT

TEXT = (ROOT / "docs/reference/command-line.md").read_text("utf-8")
COMMANDS = {
    name: command
    for app in (style_engine, local, signing)
    for name, command in get_command(app).commands.items()
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_listed(name):
    section = TEXT.partition(f"### {name}\n")[2].partition("\n##")[0]
    rows = [row for row in section.splitlines() if row.startswith("| `-")]
    listed = {option for row in rows for option in re.findall(r"`(--?[a-z-]+)`", row.split("|")[1])}
    options = {
        option
        for parameter in COMMANDS[name].params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert listed == {option for option in options if option.startswith("-")} - {"--help"}
