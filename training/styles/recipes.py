"""The catalogue: names, families, tags and search words of its styles.

A style's tones are in `training.styles.tones`, its marks in `style_engine.painting.media`, under its id.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Recipe:
    """One style to train; `words`: search words by language."""

    id: str
    name: str
    family: str
    words: dict[str, str]
    tags: tuple[str, ...]
    similar_to: str  # style whose vector a new one starts from
    keeps_colours: bool  # of the product


LANGUAGES: Final = ("en", "zh", "es", "de", "fr", "ja")


def _style(  # noqa: PLR0917 - a line of the table below
    id: str,
    name: str,
    family: str,
    tags: str,
    words: str,
    similar_to: str = "",
    keeps_colours: bool = True,
) -> Recipe:
    """`words`: in the order of LANGUAGES, separated by ` · `; `tags`: separated by spaces."""
    by_language = dict(zip(LANGUAGES, words.split(" · "), strict=True))
    return Recipe(id, name, family, by_language, tuple(tags.split()), similar_to, keeps_colours)


RECIPES: Final = (
    _style("oil", "Oil impasto", "painting", "rich textured classic warm",
           "oil painting · 油画 · óleo · Ölgemälde · peinture à l'huile · 油絵"),
    _style("impressionist", "Impressionist", "painting", "light colourful textured",
           "impressionist · 印象派 · impresionista · impressionistisch · impressionniste · 印象派"),
    _style("post-impressionist", "Post-impressionist", "painting", "bold swirling colourful textured",
           "post-impressionist · 后印象派 · posimpresionista · postimpressionistisch · "
           "post-impressionniste · ポスト印象派", similar_to="oil"),
    _style("pointillist", "Pointillist", "painting", "dotted light colourful",
           "pointillist · 点彩 · puntillista · pointillistisch · pointilliste · 点描"),
    _style("old-master", "Old master", "painting", "dark classic warm elegant",
           "old master · 古典大师 · maestro antiguo · Alter Meister · maître ancien · 古典絵画",
           similar_to="oil"),
    _style("fauvist", "Fauvist", "painting", "wild colourful bold",
           "fauvist · 野兽派 · fauvista · fauvistisch · fauve · フォーヴィスム", similar_to="oil"),
    _style("pastel", "Pastel", "painting", "soft chalky light",
           "pastel · 粉彩 · pastel · Pastell · pastel · パステル"),
    _style("watercolour", "Watercolour", "painting", "light airy soft",
           "watercolour · 水彩 · acuarela · Aquarell · aquarelle · 水彩"),
    _style("gouache", "Gouache", "painting", "matt flat soft",
           "gouache · 水粉画 · gouache · Gouache · gouache · ガッシュ", similar_to="watercolour"),
    _style("ink-wash", "Ink wash", "drawing", "monochrome calm eastern",
           "ink wash · 水墨 · tinta aguada · Tuschmalerei · lavis d'encre · 水墨画", keeps_colours=False),
    _style("pencil", "Pencil", "drawing", "monochrome fine sketch",
           "pencil drawing · 铅笔画 · lápiz · Bleistiftzeichnung · crayon · 鉛筆画", keeps_colours=False),
    _style("coloured-pencil", "Coloured pencil", "drawing", "colourful sketch playful",
           "coloured pencil · 彩铅 · lápices de colores · Buntstift · crayons de couleur · 色鉛筆",
           similar_to="pencil"),
    _style("charcoal", "Charcoal", "drawing", "monochrome dark soft sketch",
           "charcoal · 炭笔画 · carboncillo · Kohlezeichnung · fusain · 木炭画",
           similar_to="ink-wash", keeps_colours=False),
    _style("red-chalk", "Red chalk", "drawing", "monochrome warm classic sketch",
           "red chalk · 红粉笔 · sanguina · Rötelzeichnung · sanguine · 赤チョーク",
           similar_to="pencil", keeps_colours=False),
    _style("line-and-wash", "Line and wash", "drawing", "light fine sketch colourful",
           "pen and wash · 钢笔淡彩 · tinta y acuarela · aquarellierte Federzeichnung · plume et lavis · "
           "ペン淡彩", similar_to="watercolour"),
    _style("engraving", "Engraving", "print", "monochrome fine vintage",
           "engraving · 铜版画 · grabado · Kupferstich · gravure · 銅版画", keeps_colours=False),
    _style("linocut", "Linocut", "print", "monochrome bold handmade",
           "linocut · 麻胶版画 · linograbado · Linolschnitt · linogravure · リノカット",
           similar_to="engraving", keeps_colours=False),
    _style("ukiyo-e", "Ukiyo-e", "print", "flat eastern calm vintage",
           "woodblock print · 浮世绘 · ukiyo-e · Farbholzschnitt · estampe japonaise · 浮世絵"),
    _style("risograph", "Risograph", "print", "duotone grainy retro modern",
           "risograph · 孔版印刷 · risografía · Risografie · risographie · リソグラフ",
           similar_to="ink-wash", keeps_colours=False),
    _style("cyanotype", "Cyanotype", "print", "monochrome blue calm vintage",
           "cyanotype · 蓝晒 · cianotipia · Cyanotypie · cyanotype · 青写真",
           similar_to="ink-wash", keeps_colours=False),
    _style("cartoon", "Cartoon", "graphic", "flat bold colourful playful",
           "cartoon · 卡通 · dibujo animado · Cartoon · dessin animé · カートゥーン"),
    _style("comic-ink", "Comic ink", "graphic", "monochrome bold line",
           "comic ink · 漫画线稿 · tinta de cómic · Comic-Tusche · encrage BD · 漫画インク",
           similar_to="pencil", keeps_colours=False),
    _style("pop-art", "Pop-art halftone", "graphic", "dotted bold colourful retro",
           "pop art · 波普艺术 · arte pop · Pop-Art · pop art · ポップアート"),
    _style("flat", "Flat illustration", "graphic", "flat clean modern",
           "flat illustration · 扁平插画 · ilustración plana · flache Illustration · illustration plate · "
           "フラットイラスト", similar_to="cartoon"),
    _style("art-deco", "Art-deco poster", "graphic", "flat elegant vintage gold",
           "art deco poster · 装饰艺术海报 · cartel art déco · Art-déco-Plakat · affiche art déco · "
           "アールデコ", similar_to="ukiyo-e", keeps_colours=False),
    _style("mosaic", "Mosaic", "graphic", "tiled colourful textured",
           "mosaic · 马赛克 · mosaico · Mosaik · mosaïque · モザイク"),
    _style("stained-glass", "Stained glass", "graphic", "tiled bold colourful glowing",
           "stained glass · 彩绘玻璃 · vitral · Glasmalerei · vitrail · ステンドグラス", similar_to="mosaic"),
)  # fmt: skip
