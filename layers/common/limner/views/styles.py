"""Response of GET /v1/styles."""

from pydantic import BaseModel


class StyleView(BaseModel):
    """One style that can be ordered."""

    id: str
    name: str
    family: str
    tags: list[str]
    words: dict[str, str]
    preview: str | None


class ModelView(BaseModel):
    """The model that paints the styles."""

    name: str
    version: str


class StylesView(BaseModel):
    """The styles that can be ordered, and their model."""

    model: ModelView
    styles: list[StyleView]
