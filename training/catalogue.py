"""The catalogue's recipe: every style, where it comes from, and how hard each loss pulls on it."""

from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["painted", "drawn"]


@dataclass(frozen=True)
class Recipe:
    """One style to train; its source is a Met open-access file, or `module.function` of a drawing."""

    id: str
    name: str
    family: str
    kind: Kind
    source: str
    words: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    like: str = ""  # the style whose vector a new one begins from
    size: int = 320  # px, short side at which a painting is shown to VGG: sets the width of its strokes
    style: float = 8.0
    texture: float = 5.0
    content: float = 0.8
    colour: float = 1.0  # how much of the product's own colours to hold
    palette: float = 1.0  # how much of the painting's colours VGG is shown: 0 leaves only its brushwork
    calm: float = 0.5  # how much noise on even tones costs


LANGUAGES: Final = ("en", "zh", "es", "de", "fr", "ja")
MODULES: Final = {"painting": "paintings", "drawing": "pens", "print": "prints", "graphic": "graphics"}


def _drawn(  # noqa: PLR0917 - a line of the table below
    id: str, name: str, family: str, tags: str, words: str, like: str = "", colour: float = 1.0
) -> Recipe:
    """A drawn style; its words in the order of LANGUAGES, parted by ` · `, its tags by spaces."""
    source = f"{MODULES[family]}.{id.replace('-', '_')}"
    named = dict(zip(LANGUAGES, words.split(" · "), strict=True))
    return Recipe(id, name, family, "drawn", source, named, tuple(tags.split()), like, colour=colour)


RECIPES: Final = (
    _drawn("oil", "Oil impasto", "painting", "rich textured classic warm",
           "oil painting · 油画 · óleo · Ölgemälde · peinture à l'huile · 油絵"),
    _drawn("impressionist", "Impressionist", "painting", "light colourful textured",
           "impressionist · 印象派 · impresionista · impressionistisch · impressionniste · 印象派"),
    _drawn("post-impressionist", "Post-impressionist", "painting", "bold swirling colourful textured",
           "post-impressionist · 后印象派 · posimpresionista · postimpressionistisch · "
           "post-impressionniste · ポスト印象派", like="oil"),
    _drawn("pointillist", "Pointillist", "painting", "dotted light colourful",
           "pointillist · 点彩 · puntillista · pointillistisch · pointilliste · 点描"),
    _drawn("old-master", "Old master", "painting", "dark classic warm elegant",
           "old master · 古典大师 · maestro antiguo · Alter Meister · maître ancien · 古典絵画",
           like="oil"),
    _drawn("fauvist", "Fauvist", "painting", "wild colourful bold",
           "fauvist · 野兽派 · fauvista · fauvistisch · fauve · フォーヴィスム", like="oil"),
    _drawn("pastel", "Pastel", "painting", "soft chalky light",
           "pastel · 粉彩 · pastel · Pastell · pastel · パステル"),
    _drawn("watercolour", "Watercolour", "painting", "light airy soft",
           "watercolour · 水彩 · acuarela · Aquarell · aquarelle · 水彩"),
    _drawn("gouache", "Gouache", "painting", "matt flat soft",
           "gouache · 水粉画 · gouache · Gouache · gouache · ガッシュ", like="watercolour"),
    _drawn("ink-wash", "Ink wash", "drawing", "monochrome calm eastern",
           "ink wash · 水墨 · tinta aguada · Tuschmalerei · lavis d'encre · 水墨画", colour=0),
    _drawn("pencil", "Pencil", "drawing", "monochrome fine sketch",
           "pencil drawing · 铅笔画 · lápiz · Bleistiftzeichnung · crayon · 鉛筆画", colour=0),
    _drawn("coloured-pencil", "Coloured pencil", "drawing", "colourful sketch playful",
           "coloured pencil · 彩铅 · lápices de colores · Buntstift · crayons de couleur · 色鉛筆",
           like="pencil"),
    _drawn("charcoal", "Charcoal", "drawing", "monochrome dark soft sketch",
           "charcoal · 炭笔画 · carboncillo · Kohlezeichnung · fusain · 木炭画",
           like="ink-wash", colour=0),
    _drawn("red-chalk", "Red chalk", "drawing", "monochrome warm classic sketch",
           "red chalk · 红粉笔 · sanguina · Rötelzeichnung · sanguine · 赤チョーク",
           like="pencil", colour=0),
    _drawn("line-and-wash", "Line and wash", "drawing", "light fine sketch colourful",
           "pen and wash · 钢笔淡彩 · tinta y acuarela · aquarellierte Federzeichnung · plume et lavis · "
           "ペン淡彩", like="watercolour"),
    _drawn("engraving", "Engraving", "print", "monochrome fine vintage",
           "engraving · 铜版画 · grabado · Kupferstich · gravure · 銅版画", colour=0),
    _drawn("linocut", "Linocut", "print", "monochrome bold handmade",
           "linocut · 麻胶版画 · linograbado · Linolschnitt · linogravure · リノカット",
           like="engraving", colour=0),
    _drawn("ukiyo-e", "Ukiyo-e", "print", "flat eastern calm vintage",
           "woodblock print · 浮世绘 · ukiyo-e · Farbholzschnitt · estampe japonaise · 浮世絵"),
    _drawn("risograph", "Risograph", "print", "duotone grainy retro modern",
           "risograph · 孔版印刷 · risografía · Risografie · risographie · リソグラフ",
           like="ink-wash", colour=0),
    _drawn("cyanotype", "Cyanotype", "print", "monochrome blue calm vintage",
           "cyanotype · 蓝晒 · cianotipia · Cyanotypie · cyanotype · 青写真",
           like="ink-wash", colour=0),
    _drawn("cartoon", "Cartoon", "graphic", "flat bold colourful playful",
           "cartoon · 卡通 · dibujo animado · Cartoon · dessin animé · カートゥーン"),
    _drawn("comic-ink", "Comic ink", "graphic", "monochrome bold line",
           "comic ink · 漫画线稿 · tinta de cómic · Comic-Tusche · encrage BD · 漫画インク",
           like="pencil", colour=0),
    _drawn("pop-art", "Pop-art halftone", "graphic", "dotted bold colourful retro",
           "pop art · 波普艺术 · arte pop · Pop-Art · pop art · ポップアート"),
    _drawn("flat", "Flat illustration", "graphic", "flat clean modern",
           "flat illustration · 扁平插画 · ilustración plana · flache Illustration · illustration plate · "
           "フラットイラスト", like="cartoon"),
    _drawn("art-deco", "Art-deco poster", "graphic", "flat elegant vintage gold",
           "art deco poster · 装饰艺术海报 · cartel art déco · Art-déco-Plakat · affiche art déco · "
           "アールデコ", like="ukiyo-e", colour=0),
    _drawn("mosaic", "Mosaic", "graphic", "tiled colourful textured",
           "mosaic · 马赛克 · mosaico · Mosaik · mosaïque · モザイク"),
    _drawn("stained-glass", "Stained glass", "graphic", "tiled bold colourful glowing",
           "stained glass · 彩绘玻璃 · vitral · Glasmalerei · vitrail · ステンドグラス", like="mosaic"),
)  # fmt: skip
