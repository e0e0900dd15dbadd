"""The catalogue's recipe: every style, where it comes from, and how hard each loss pulls on it."""

from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["painted", "drawn"]


@dataclass(frozen=True)
class Recipe:
    """One style to train: `source` is a Met open-access file or the name of a drawing function."""

    id: str
    name: str
    family: str
    kind: Kind
    source: str
    words: dict[str, str] = field(default_factory=dict)
    size: int = 320  # px, short side at which a painting is shown to VGG: sets the width of its strokes
    style: float = 8.0
    texture: float = 5.0
    content: float = 0.8
    colour: float = 1.0  # how much of the product's own colours to hold
    palette: float = 1.0  # how much of the painting's colours VGG is shown: 0 leaves only its brushwork
    calm: float = 0.5  # how much noise on even tones costs
    shipped: bool = True  # trained, but kept back while a person would not name it from a result


def _words(  # noqa: PLR0917 - one word for each language
    en: str, zh: str, es: str, de: str, fr: str, ja: str
) -> dict[str, str]:
    return {"en": en, "zh": zh, "es": es, "de": de, "fr": fr, "ja": ja}


RECIPES: Final = (
    Recipe(
        "oil", "Oil impasto", "painting", "drawn", "oil",
        _words("oil painting", "油画", "óleo", "Ölgemälde", "peinture à l'huile", "油絵"),
    ),
    Recipe(
        "impressionist", "Impressionist", "painting", "drawn", "impressionist",
        _words("impressionist", "印象派", "impresionista", "impressionistisch", "impressionniste", "印象派"),
    ),
    Recipe(
        "pointillist", "Pointillist", "painting", "drawn", "pointillist",
        _words("pointillist", "点彩", "puntillista", "pointillistisch", "pointilliste", "点描"),
    ),
    Recipe(
        "pastel", "Pastel", "painting", "drawn", "pastel",
        _words("pastel", "粉彩", "pastel", "Pastell", "pastel", "パステル"),
    ),
    Recipe(
        "post-impressionist", "Post-impressionist", "painting", "painted", "met_1616dedc.webp",
        _words("post-impressionist", "后印象派", "posimpresionista", "postimpressionistisch",
               "post-impressionniste", "ポスト印象派"),
        size=460, palette=0.2, colour=4, texture=8, shipped=False,
    ),
    Recipe(
        "watercolour", "Watercolour", "painting", "drawn", "watercolour",
        _words("watercolour", "水彩", "acuarela", "Aquarell", "aquarelle", "水彩"),
    ),
    Recipe(
        "ink-wash", "Ink wash", "drawing", "drawn", "ink_wash",
        _words("ink wash", "水墨", "tinta aguada", "Tuschmalerei", "lavis d'encre", "水墨画"),
        colour=0,
    ),
    Recipe(
        "pencil", "Pencil", "drawing", "drawn", "pencil",
        _words("pencil drawing", "铅笔画", "lápiz", "Bleistiftzeichnung", "crayon", "鉛筆画"),
        colour=0,
    ),
    Recipe(
        "engraving", "Engraving", "print", "drawn", "engraving",
        _words("engraving", "铜版画", "grabado", "Kupferstich", "gravure", "銅版画"),
        colour=0,
    ),
    Recipe(
        "ukiyo-e", "Ukiyo-e", "print", "drawn", "ukiyo_e",
        _words("woodblock print", "浮世绘", "ukiyo-e", "Farbholzschnitt", "estampe japonaise", "浮世絵"),
    ),
    Recipe(
        "cartoon", "Cartoon", "graphic", "drawn", "cartoon",
        _words("cartoon", "卡通", "dibujo animado", "Cartoon", "dessin animé", "カートゥーン"),
    ),
    Recipe(
        "pop-art", "Pop art", "graphic", "drawn", "pop_art",
        _words("pop art", "波普艺术", "arte pop", "Pop-Art", "pop art", "ポップアート"),
    ),
    Recipe(
        "mosaic", "Mosaic", "graphic", "drawn", "mosaic",
        _words("mosaic", "马赛克", "mosaico", "Mosaik", "mosaïque", "モザイク"),
    ),
)  # fmt: skip
