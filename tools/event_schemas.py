"""Write docs/events/, the JSON Schemas of events, from limner.events:  python -m tools.event_schemas"""

import json
from pathlib import Path
from typing import Any, Final

from limner.events import EVENT_MODELS

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / "docs/events"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """By file name. All fields are there in what is sent; those that a later release adds are allowed."""
    return {f"{_type_of(model)}.json": _schema(model) for model in EVENT_MODELS}


def as_text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _type_of(model: Any) -> str:
    event_type: str = model.model_fields["type"].default
    return event_type


def _schema(model: Any) -> dict[str, Any]:
    schema: dict[str, Any] = _opened(model.model_json_schema(mode="serialization"))
    return {"$schema": DIALECT, "$id": f"{_type_of(model)}.json", **schema, "title": _type_of(model)}


def _opened(node: Any) -> Any:
    if isinstance(node, dict):
        opened = {name: _opened(value) for name, value in node.items() if name != "additionalProperties"}
        return opened | ({"required": list(node["properties"])} if "properties" in node else {})
    return [_opened(each) for each in node] if isinstance(node, list) else node


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for stale in set(FOLDER.glob("*.json")) - {FOLDER / name for name in schemas()}:
        stale.unlink()
    for name, schema in schemas().items():
        (FOLDER / name).write_text(as_text(schema), "utf-8")
