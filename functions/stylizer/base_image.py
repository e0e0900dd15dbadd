"""The container's base image by digest; `python functions/stylizer/base_image.py` prints the reference.

base-image.txt holds a tag and its digest. A missing digest is looked up with `docker buildx imagetools
inspect` and written back; `--renew` always looks it up. Standard library only: `make image` needs Docker and
Python, not the development environment.
"""

import argparse
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

FILE: Final = Path(__file__).with_name("base-image.txt")
_REFERENCE: Final = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9./:_-]*?):(?P<tag>\w[\w.-]*)(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")

Inspect = Callable[[str], str]
"""`name:tag` → its manifest in the registry, as JSON with a `digest`."""


@dataclass(frozen=True)
class BaseImage:
    name: str
    tag: str
    digest: str | None = None

    @classmethod
    def parse(cls, reference: str) -> Self:
        """`name:tag` or `name:tag@sha256:...`; an image without a tag, which means `latest`, is refused."""
        match = _REFERENCE.fullmatch(reference)
        if not match:
            raise ValueError(f"{reference!r} is not name:tag or name:tag@sha256:<64 hexadecimal digits>")
        return cls(match["name"], match["tag"], match["digest"])

    @property
    def tagged(self) -> str:
        return f"{self.name}:{self.tag}"

    def __str__(self) -> str:
        return f"{self.tagged}@{self.digest}" if self.digest else self.tagged


def read(file: Path) -> BaseImage:
    lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
    references = [line for line in lines if line and not line.startswith("#")]
    if len(references) != 1:
        raise ValueError(f"{file.name} has {len(references)} references, not one")
    return BaseImage.parse(references[0])


def pin(file: Path, inspect: Inspect, *, renew: bool = False) -> BaseImage:
    """The file's image with its digest, which is looked up and written back if missing or `renew`."""
    image = read(file)
    if image.digest and not renew:
        return image
    renewed = BaseImage(image.name, image.tag, digest_of(inspect(image.tagged)))
    if renewed != image:
        file.write_text(file.read_text("utf-8").replace(f"\n{image}\n", f"\n{renewed}\n"), "utf-8")
    return renewed


def digest_of(manifest: str) -> str:
    digest = json.loads(manifest)["digest"]
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"{digest!r} is not a SHA-256 digest")
    return str(digest)


def inspect_with_docker(tagged: str) -> str:
    command = ["docker", "buildx", "imagetools", "inspect", "--format", "{{json .Manifest}}", tagged]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description="print the container's base image by digest")
    parser.add_argument("--renew", action="store_true", help="look the digest up again")
    arguments = parser.parse_args()
    try:
        print(pin(FILE, inspect_with_docker, renew=arguments.renew))
    except (OSError, subprocess.CalledProcessError) as error:
        parser.exit(1, f"the digest of {read(FILE)} needs docker buildx and a reachable registry: {error}\n")


if __name__ == "__main__":
    main()
