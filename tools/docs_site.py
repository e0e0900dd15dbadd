"""MkDocs hook: pages made from files outside docs/, HTTP API tables, and links that leave the site."""

import json
import posixpath
import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.openapi_tables import tables

ROOT: Final = Path(__file__).parents[1]
PAGE_OF: Final = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
    **{
        f"engine/models/{model}/README.md": f"models/{model}.md"
        for model in ("fusenet-lite", "regions-lite", "grade-lite")
    },
}
"""Documents outside docs/, as paths from the repository's root, and their pages."""
FILE_OF: Final = {page: file for file, page in PAGE_OF.items()}
OPENAPI_TABLES: Final = "<!-- openapi tables -->"
_LINK: Final = re.compile(r"(?P<text>\[[^\[\]]*\])\((?P<target>[^()\s#:]+)(?P<anchor>#[^()\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for file, page in PAGE_OF.items():
        files.append(File.generated(config, page, content=(ROOT / file).read_text("utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    if OPENAPI_TABLES in markdown:
        description = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))
        markdown = markdown.replace(OPENAPI_TABLES, tables(description))
    uri = page.file.src_uri
    return _LINK.sub(lambda link: _rewritten(link, uri, files), markdown)


def _rewritten(link: re.Match[str], uri: str, files: Files) -> str:
    """The link to the page of its target; its text alone where the site has no page of the target."""
    folder = posixpath.dirname(FILE_OF.get(uri, f"docs/{uri}"))
    target = posixpath.normpath(posixpath.join(folder, link["target"]))
    page = PAGE_OF.get(target, target.removeprefix("docs/") if target.startswith("docs/") else "")
    if target.startswith("docs/") and (ROOT / target).is_dir():
        page += "/README.md"
    if not page or files.get_file_from_path(page) is None:
        return link["text"][1:-1] if not (ROOT / "docs" / page).is_file() or not page else link[0]
    return f"{link['text']}({posixpath.relpath(page, posixpath.dirname(uri) or '.')}{link['anchor'] or ''})"
