"""What `sam build` and `sam package` do to template.yaml, done with the local interpreter in milliseconds.

Only CodeUri and ContentUri change: from folders to zips in an artefact bucket. The zips hold the project's
own code; what it stands on is already installed beside the emulator, whose site-packages the functions see
(docs/decisions/0021 has the measurement).
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

_PACKAGED = {
    "AWS::Serverless::Function": ("CodeUri", ""),
    "AWS::Serverless::LayerVersion": ("ContentUri", "python/"),
}
_SAME_DAY = (2020, 1, 1, 0, 0, 0)
"""The zip format wants a time; a fixed one makes the same code the same zip."""

Upload = Callable[[str, bytes], str]
"""Key and body → location."""


@dataclass(frozen=True)
class Artefact:
    """`prefix` is where the folder's contents lie inside the zip, as `sam build` lays out a layer."""

    resource: str
    folder: Path
    prefix: str

    def zipped(self) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in _sources(self.folder):
                name = self.prefix + file.relative_to(self.folder).as_posix()
                entry = zipfile.ZipInfo(name, _SAME_DAY)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def package(template: Path, upload: Upload) -> str:
    """The template as CloudFormation takes it, with every code folder uploaded."""
    parsed = yaml_parse(template.read_text())
    for artefact in artefacts(parsed, template.parent):
        field, _ = _PACKAGED[parsed["Resources"][artefact.resource]["Type"]]
        location = upload(f"{artefact.resource}.zip", artefact.zipped())
        parsed["Resources"][artefact.resource]["Properties"][field] = location
    return json.dumps(parsed)


def artefacts(parsed: dict[str, Any], root: Path) -> Iterator[Artefact]:
    for name, resource in parsed["Resources"].items():
        # A loop (Fn::ForEach) is a list; none makes functions or layers.
        if isinstance(resource, dict) and resource["Type"] in _PACKAGED:
            field, prefix = _PACKAGED[resource["Type"]]
            yield Artefact(name, root / resource["Properties"][field], prefix)


def _sources(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file
