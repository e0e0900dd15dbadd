"""The project's Markdown documents: their code blocks, links and the paths that they name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.template_reader import ROOT

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>\w*)\s*$")
_NOT_RUN = re.compile(r"^<!-- not run: (?P<reason>.+?) -->$")
_CODE_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_LINK = re.compile(r"\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)")
_FOLDERS = (".", "benchmarks", "engine", "engine/models/*", "docs/**")


@dataclass(frozen=True)
class Block:
    """A fenced code block; `not_run` is the reason in the comment before it, empty if there is none."""

    document: Path
    line: int
    language: str
    text: str
    not_run: str = ""

    def __str__(self) -> str:
        return f"{name_of(self.document)}:{self.line}"


def documents() -> list[Path]:
    """Every document that people read: top level, docs, and those beside the code."""
    return sorted({file for folder in _FOLDERS for file in ROOT.glob(f"{folder}/*.md")})


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def blocks(document: Path) -> Iterator[Block]:
    lines = enumerate(document.read_text("utf-8").splitlines(), start=1)
    before = ""
    for number, line in lines:
        opened = _FENCE.match(line)
        if opened:
            body: list[str] = []
            for _, inner in lines:
                if inner.startswith(opened["fence"]):
                    break
                body.append(inner)
            marked = _NOT_RUN.match(before)
            reason = marked["reason"] if marked else ""
            yield Block(document, number, opened["language"], "\n".join(body) + "\n", reason)
        before = line.strip()


def prose(document: Path) -> str:
    """The text without fenced code blocks, one space for each run of white space."""
    kept, fence = [], ""
    for line in document.read_text("utf-8").splitlines():
        opened = _FENCE.match(line)
        if fence:
            fence = "" if line.startswith(fence) else fence
        elif opened:
            fence = opened["fence"]
        else:
            kept.append(line)
    return re.sub(r"\s+", " ", "\n".join(kept))


def code_spans(document: Path) -> list[str]:
    return _CODE_SPAN.findall(prose(document))


def link_targets(document: Path) -> list[str]:
    """Targets of links and pictures outside of code spans."""
    return _LINK.findall(_CODE_SPAN.sub("code", prose(document)))
