"""Code in the documents works: Python blocks run; commands name modules, options and make targets that exist.

A block that cannot run here has the comment `<!-- not run: reason -->` in the line before it. Its imports are
executed all the same.
"""

import ast
import importlib.util
import io
import re
import runpy
import shlex
import sys
import warnings
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

from style_engine.commands.options import MODEL
from style_engine.export import export_model
from style_engine.network.model import load_model
from style_engine.network.styles import load_catalogue
from tests.docs.documents import Block, blocks, code_spans, documents, name_of
from tests.pictures import chart
from tests.template_reader import ROOT

BLOCKS = [block for document in documents() for block in blocks(document)]
PYTHON = [block for block in BLOCKS if block.language == "python"]
_PROGRAM = re.compile(r"^(?:\.venv/bin/)?python -m ")
_OPTION = re.compile(r"(?<![\w-])(?:--[a-z][a-z0-9-]*|-[a-zA-Z]\b)")
_TARGET = re.compile(r"[a-z][a-z-]*")


def lines_that_begin_with(start: str) -> dict[str, str]:
    """Where → the line: of shell blocks, continuation lines joined, and of code spans in the text."""
    found = {}
    for block in BLOCKS:
        if block.language == "sh":
            for line in block.text.replace("\\\n", " ").splitlines():
                if re.match(start, line):
                    found[f"{block}: {line}"] = line
    for document in documents():
        for span in code_spans(document):
            if re.match(start, span):
                found[f"{name_of(document)}: {span}"] = span
    return found


COMMANDS = lines_that_begin_with(_PROGRAM.pattern)
MAKE = lines_that_begin_with("make ")


@pytest.fixture(scope="module")
def exported_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that docs/how-to/export-the-network.md writes."""
    folder = tmp_path_factory.mktemp("exported")
    export_model(load_model(MODEL), load_catalogue(MODEL / "styles").values(), folder)
    return folder


@pytest.fixture
def folder_with_photo(tmp_path: Path, exported_network: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with mug.jpg, the models where they lie in the repository, and the exported one."""
    chart().save(tmp_path / "mug.jpg")
    (tmp_path / "build").mkdir()
    (tmp_path / "build/exported").symlink_to(exported_network)
    (tmp_path / "engine").symlink_to(ROOT / "engine")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder_with_photo")
@pytest.mark.parametrize("block", [block for block in PYTHON if not block.not_run], ids=str)
def test_python_blocks_run(block: Block):
    exec(compile(block.text, str(block), "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("block", [block for block in PYTHON if block.not_run], ids=str)
def test_imports_of_blocks_that_do_not_run(block: Block):
    imports = [node for node in ast.parse(block.text).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    exec(compile(ast.Module(imports, []), str(block), "exec"), {})


@cache
def options_of(module: str, words: tuple[str, ...]) -> frozenset[str]:
    """Every option that `python -m module words --help` prints; the words are subcommands and arguments."""
    arguments = [module, *words, "--help"]
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # runpy's, of a module that is imported already
        patch.setattr(sys, "argv", arguments)
        patch.setattr(sys, "stdout", io.StringIO())
        patch.setenv("COLUMNS", "250")
        with pytest.raises(SystemExit) as ended:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        assert not ended.value.code, f"{arguments} failed"
        return frozenset(_OPTION.findall(sys.stdout.getvalue()))


@pytest.mark.parametrize("where", COMMANDS)
def test_commands_exist_and_know_their_options(where: str):
    module, *arguments = shlex.split(_PROGRAM.sub("", COMMANDS[where]), comments=True)
    assert importlib.util.find_spec(module), f"no module {module}"
    used = {option for word in arguments for option in _OPTION.findall(word) if word.startswith("-")}
    if used:
        words = takewhile(lambda word: not word.startswith("-"), arguments)
        known = options_of(module, tuple(words))
        assert used <= known, f"unknown: {sorted(used - known)}; known: {sorted(known)}"


@pytest.mark.parametrize("where", MAKE)
def test_make_targets_exist(where: str):
    targets = set(re.findall(rf"^({_TARGET.pattern}):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    line = re.sub(r"<[^<>]*>", "VALUE", MAKE[where])
    words = [word for word in shlex.split(line, comments=True)[1:] if "=" not in word]
    assert {word for word in words if _TARGET.fullmatch(word)} <= targets
