"""The catalogue's recipe: every style, what people call it, and which drawing it learns from."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Recipe:
    """One style to train; `source` is the `module.function` that draws it."""

    id: str
    name: str
    family: str
    source: str
    words: dict[str, str]
    tags: tuple[str, ...]
    like: str  # the style whose vector a new one begins from
    coloured: bool  # keeps the product's own colours


LANGUAGES: Final = ("en", "zh", "es", "de", "fr", "ja")
MODULES: Final = {"painting": "paintings", "drawing": "pens", "print": "prints", "graphic": "graphics"}


def _style(  # noqa: PLR0917 - a line of the table below
    id: str, name: str, family: str, tags: str, words: str, like: str = "", coloured: bool = True
) -> Recipe:
    """A recipe; its words in the order of LANGUAGES, parted by ` · `, its tags by spaces."""
    source = f"{MODULES[family]}.{id.replace('-', '_')}"
    named = dict(zip(LANGUAGES, words.split(" · "), strict=True))
    return Recipe(id, name, family, source, named, tuple(tags.split()), like, coloured)


RECIPES: Final = (
    _style("oil", "Oil impasto", "painting", "rich textured classic warm",
           "oil painting · 油画 · óleo · Ölgemälde · peinture à l'huile · 油絵"),
    _style("impressionist", "Impressionist", "painting", "light colourful textured",
           "impressionist · 印象派 · impresionista · impressionistisch · impressionniste · 印象派"),
    _style("post-impressionist", "Post-impressionist", "painting", "bold swirling colourful textured",
           "post-impressionist · 后印象派 · posimpresionista · postimpressionistisch · "
           "post-impressionniste · ポスト印象派", like="oil"),
    _style("pointillist", "Pointillist", "painting", "dotted light colourful",
           "pointillist · 点彩 · puntillista · pointillistisch · pointilliste · 点描"),
    _style("old-master", "Old master", "painting", "dark classic warm elegant",
           "old master · 古典大师 · maestro antiguo · Alter Meister · maître ancien · 古典絵画",
           like="oil"),
    _style("fauvist", "Fauvist", "painting", "wild colourful bold",
           "fauvist · 野兽派 · fauvista · fauvistisch · fauve · フォーヴィスム", like="oil"),
    _style("pastel", "Pastel", "painting", "soft chalky light",
           "pastel · 粉彩 · pastel · Pastell · pastel · パステル"),
    _style("watercolour", "Watercolour", "painting", "light airy soft",
           "watercolour · 水彩 · acuarela · Aquarell · aquarelle · 水彩"),
    _style("gouache", "Gouache", "painting", "matt flat soft",
           "gouache · 水粉画 · gouache · Gouache · gouache · ガッシュ", like="watercolour"),
    _style("ink-wash", "Ink wash", "drawing", "monochrome calm eastern",
           "ink wash · 水墨 · tinta aguada · Tuschmalerei · lavis d'encre · 水墨画", coloured=False),
    _style("pencil", "Pencil", "drawing", "monochrome fine sketch",
           "pencil drawing · 铅笔画 · lápiz · Bleistiftzeichnung · crayon · 鉛筆画", coloured=False),
    _style("coloured-pencil", "Coloured pencil", "drawing", "colourful sketch playful",
           "coloured pencil · 彩铅 · lápices de colores · Buntstift · crayons de couleur · 色鉛筆",
           like="pencil"),
    _style("charcoal", "Charcoal", "drawing", "monochrome dark soft sketch",
           "charcoal · 炭笔画 · carboncillo · Kohlezeichnung · fusain · 木炭画",
           like="ink-wash", coloured=False),
    _style("red-chalk", "Red chalk", "drawing", "monochrome warm classic sketch",
           "red chalk · 红粉笔 · sanguina · Rötelzeichnung · sanguine · 赤チョーク",
           like="pencil", coloured=False),
    _style("line-and-wash", "Line and wash", "drawing", "light fine sketch colourful",
           "pen and wash · 钢笔淡彩 · tinta y acuarela · aquarellierte Federzeichnung · plume et lavis · "
           "ペン淡彩", like="watercolour"),
    _style("engraving", "Engraving", "print", "monochrome fine vintage",
           "engraving · 铜版画 · grabado · Kupferstich · gravure · 銅版画", coloured=False),
    _style("linocut", "Linocut", "print", "monochrome bold handmade",
           "linocut · 麻胶版画 · linograbado · Linolschnitt · linogravure · リノカット",
           like="engraving", coloured=False),
    _style("ukiyo-e", "Ukiyo-e", "print", "flat eastern calm vintage",
           "woodblock print · 浮世绘 · ukiyo-e · Farbholzschnitt · estampe japonaise · 浮世絵"),
    _style("risograph", "Risograph", "print", "duotone grainy retro modern",
           "risograph · 孔版印刷 · risografía · Risografie · risographie · リソグラフ",
           like="ink-wash", coloured=False),
    _style("cyanotype", "Cyanotype", "print", "monochrome blue calm vintage",
           "cyanotype · 蓝晒 · cianotipia · Cyanotypie · cyanotype · 青写真",
           like="ink-wash", coloured=False),
    _style("cartoon", "Cartoon", "graphic", "flat bold colourful playful",
           "cartoon · 卡通 · dibujo animado · Cartoon · dessin animé · カートゥーン"),
    _style("comic-ink", "Comic ink", "graphic", "monochrome bold line",
           "comic ink · 漫画线稿 · tinta de cómic · Comic-Tusche · encrage BD · 漫画インク",
           like="pencil", coloured=False),
    _style("pop-art", "Pop-art halftone", "graphic", "dotted bold colourful retro",
           "pop art · 波普艺术 · arte pop · Pop-Art · pop art · ポップアート"),
    _style("flat", "Flat illustration", "graphic", "flat clean modern",
           "flat illustration · 扁平插画 · ilustración plana · flache Illustration · illustration plate · "
           "フラットイラスト", like="cartoon"),
    _style("art-deco", "Art-deco poster", "graphic", "flat elegant vintage gold",
           "art deco poster · 装饰艺术海报 · cartel art déco · Art-déco-Plakat · affiche art déco · "
           "アールデコ", like="ukiyo-e", coloured=False),
    _style("mosaic", "Mosaic", "graphic", "tiled colourful textured",
           "mosaic · 马赛克 · mosaico · Mosaik · mosaïque · モザイク"),
    _style("stained-glass", "Stained glass", "graphic", "tiled bold colourful glowing",
           "stained glass · 彩绘玻璃 · vitral · Glasmalerei · vitrail · ステンドグラス", like="mosaic"),
)  # fmt: skip
