"""Package template.yaml as `sam build` and `sam package` do, without resolving requirements, in milliseconds.

Only CodeUri and ContentUri change: from folders to zips in an artefact bucket. The zips hold the project's
own code; its dependencies are installed beside the emulator, whose site-packages the functions import from
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

PACKAGED_TYPES = {
    "AWS::Serverless::Function": ("CodeUri", ""),
    "AWS::Serverless::LayerVersion": ("ContentUri", "python/"),
}
"""Resource type → property with the code folder, and the folder's place inside the zip."""
ZIP_TIMESTAMP = (2020, 1, 1, 0, 0, 0)
"""Fixed, so that the same code gives the same zip."""

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
                entry = zipfile.ZipInfo(name, ZIP_TIMESTAMP)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def package(template: Path, upload: Upload) -> str:
    """The template as CloudFormation takes it, with every code folder uploaded."""
    parsed = yaml_parse(template.read_text())
    for artefact in artefacts(parsed, template.parent):
        field, _ = PACKAGED_TYPES[parsed["Resources"][artefact.resource]["Type"]]
        location = upload(f"{artefact.resource}.zip", artefact.zipped())
        parsed["Resources"][artefact.resource]["Properties"][field] = location
    return json.dumps(parsed)


def artefacts(parsed: dict[str, Any], root: Path) -> Iterator[Artefact]:
    for name, resource in parsed["Resources"].items():
        # A loop (Fn::ForEach) is a list; none makes functions or layers.
        if isinstance(resource, dict) and resource["Type"] in PACKAGED_TYPES:
            field, prefix = PACKAGED_TYPES[resource["Type"]]
            yield Artefact(name, root / resource["Properties"][field], prefix)


def _sources(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file
