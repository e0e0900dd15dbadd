"""Response of GET /v1/styles."""

from pydantic import BaseModel


class StyleView(BaseModel):
    id: str
    name: str
    family: str
    tags: list[str]
    words: dict[str, str]
    preview: str | None


class ModelView(BaseModel):
    name: str
    version: str


class StylesView(BaseModel):
    model: ModelView
    styles: list[StyleView]
