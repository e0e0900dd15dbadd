"""The page's files, under an address that changes with their contents.

`/assets/{release}/app.js` is kept for good by browsers and CDNs: `release` is a hash of all files, so another
content has another address. The page is the only one that names the release; its modules import each other
relative to themselves. `/assets/app.js` is the same file, validated before each use.
"""

import hashlib
import os
import re
from functools import cached_property
from pathlib import Path

from fastapi import Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from limner.views.headers import IMMUTABLE, PUBLIC

_RELEASE_DIGITS = 16
_RELEASE = re.compile(rf"[0-9a-f]{{{_RELEASE_DIGITS}}}")
_ASSET_IN_PAGE = re.compile(r'(?<==")assets/')


class PageAssets(StaticFiles):
    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)
        self._folder = folder

    @cached_property
    def release(self) -> str:
        digest = hashlib.sha256()
        for file in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            contents = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(self._folder)} {contents}\n".encode())
        return digest.hexdigest()[:_RELEASE_DIGITS]

    @cached_property
    def page(self) -> str:
        """The page's HTML, with the addresses of this release."""
        html = (self._folder / "index.html").read_text(encoding="utf-8")
        return _ASSET_IN_PAGE.sub(f"assets/{self.release}/", html)

    def address(self, name: str) -> str | None:
        """Relative to the page; None where there is no such file."""
        return f"assets/{self.release}/{name}" if (self._folder / name).is_file() else None

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A page that was loaded before an update gets the present files, which are not kept then."""
        release, _, name = path.partition(os.sep)
        response = await super().get_response(name if _RELEASE.fullmatch(release) else path, scope)
        response.headers["Cache-Control"] = IMMUTABLE if release == self.release else PUBLIC
        return response
