"""Every relative link of the documents, and every path that they name, exists in the repository."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.documents import code_spans, documents, link_targets, name_of
from tests.template_reader import ROOT

_FILE_OR_FOLDER = re.compile(r"(?:[\w.*-]+/)+(?:[\w*-][\w.*-]*\.[a-z][a-z0-9]*)?")
"""Folders that end with a slash, and files with an extension, below some folder."""
_BELOW_A_TOP_FOLDER = re.compile(
    r"(?:benchmarks|docs|engine|events|examples|functions|layers|local|requirements|samples|tests|tools|training)"
    r"/[\w./*-]+"
)
"""These may leave the extension out, as `docs/decisions/0085` does."""
_MADE = ("build/", ".signing/", ".venv/", ".venv-sam/", ".venv-uv/", ".train/", ".aws-sam/")
_IN_BUCKETS = (
    "uploads/",
    "tickets/",
    "submissions/",
    "endpoint/",
    "reports/",
    "public/",
    "styled/",
    "variants/",
    "packs/",
    "pack-archives/",
    "inventory/",
    "sweeper/",
)
_ROOTS = (
    ".",
    "engine",
    "engine/style_engine",
    "layers/common",
    "layers/common/limner",
    "layers/common/photo_files",
    "functions/stylizer",
)
"""Documents name modules from the repository's root or inside their package."""
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")


def paths_in(span: str) -> list[str]:
    """The paths that a code span consists of; `a/{b,c}.py` names two."""
    braces = _BRACES.search(span)
    if braces:
        start, end = span[: braces.start()], span[braces.end() :]
        return [path for choice in braces[1].split(",") for path in paths_in(start + choice.strip() + end)]
    path = _FILE_OR_FOLDER.fullmatch(span) or _BELOW_A_TOP_FOLDER.fullmatch(span)
    return [span] if path and not span.startswith((*_MADE, *_IN_BUCKETS)) else []


def exists(path: str, document: Path) -> bool:
    """A glob needs one match. A name without an extension may be the beginning of one."""
    bases = [document.parent, *(ROOT / root for root in _ROOTS)]
    whole = path.endswith("/") or _FILE_OR_FOLDER.fullmatch(path)
    pattern = path.rstrip("/") if whole else f"{path}*"
    return any(next(base.glob(pattern), None) is not None for base in bases)


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_relative_links_lead_somewhere(document: Path):
    relative = [target for target in link_targets(document) if not re.match(r"[a-z]+:|#", target)]
    files = [unquote(target.partition("#")[0]) for target in relative]
    assert [file for file in files if not (document.parent / file).exists()] == []


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_paths_exist(document: Path):
    named = [path for span in code_spans(document) for path in paths_in(span)]
    assert [path for path in named if not exists(path, document)] == []
