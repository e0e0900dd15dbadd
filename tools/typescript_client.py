"""Write the generated half of the TypeScript client from docs/openapi.json.

    python -m tools.typescript_client

`schema.ts`: the types, by openapi-typescript, which `npm ci` installs. `operations.ts`: what the hand-written
half needs to know of the description at run time.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from .openapi import OPENAPI_FILE, ROOT

FOLDER: Final = ROOT / "clients/typescript"
ORDER_IDS: Final = ("order_photo", "request_upload")
"""The operation that orders a photo; the second id is that of its former address."""


def generated() -> dict[str, str]:
    """File name → text."""
    document: dict[str, Any] = json.loads(OPENAPI_FILE.read_text("utf-8"))
    return {"schema.ts": types(document), "operations.ts": operations(document)}


def types(document: dict[str, Any]) -> str:
    """openapi-typescript takes a property with a default as one that is always there. That is true of
    answers; requests, whose schemas are closed, may leave it out."""
    for schema in document["components"]["schemas"].values():
        if schema.get("additionalProperties") is False:
            for value in schema.get("properties", {}).values():
                value.pop("default", None)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "schema.ts"
        source.write_text(json.dumps(document), "utf-8")
        generator = FOLDER / "node_modules/.bin/openapi-typescript"
        subprocess.run([str(generator), str(source), "-o", str(target)], check=True, capture_output=True)
        return target.read_text("utf-8")


def operations(document: dict[str, Any]) -> str:
    paths = {
        operation["operationId"]: path
        for path, methods in document["paths"].items()
        for operation in methods.values()
    }
    polled = document["paths"]["/v1/photos/{photo_id}"]["get"]
    takes_wait = any(each["name"] == "wait" for each in polled["parameters"])
    order_path = next(paths[each] for each in ORDER_IDS if each in paths)
    return "\n".join(
        [
            "// Made from docs/openapi.json by `python -m tools.typescript_client`; do not edit.",
            f'export const ORDER_PATH = "{order_path}" as const;',
            "/** Whether the photo's address takes `wait`, the seconds of a long poll. */",
            f"export const TAKES_WAIT: boolean = {'true' if takes_wait else 'false'};",
            "",
        ]
    )


if __name__ == "__main__":
    for name, text in generated().items():
        (FOLDER / "src" / name).write_text(text, "utf-8")
