"""Write docs/openapi.json, the answer of the storefront to GET /openapi.json:  python -m tools.openapi"""

import importlib.util
import json
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
OPENAPI_FILE: Final = ROOT / "docs/openapi.json"


def served_description() -> dict[str, Any]:
    """The OpenAPI document of functions/storefront/app.py; importing the app opens no client."""
    spec = importlib.util.spec_from_file_location("storefront_app", ROOT / "functions/storefront/app.py")
    assert spec, "functions/storefront/app.py cannot be imported"
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    description: dict[str, Any] = module.app.openapi()
    return description


def as_text(description: dict[str, Any]) -> str:
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    OPENAPI_FILE.write_text(as_text(served_description()), "utf-8")
