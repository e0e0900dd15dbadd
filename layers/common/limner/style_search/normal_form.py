"""Texts in the form in which queries and words are compared."""

import re
import unicodedata
from typing import Final

_MARKS_OF_LATIN: Final = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
"""Marks of other scripts stay: they make other letters."""
_KATAKANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_LETTERS: Final = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "・": None, "·": None, "’": "'"})
_PAIRS: Final = """
    畫画 畵画 風风 鉛铅 筆笔 復复 懷怀 舊旧 質质 產产 顏颜 點点 馬马 賽赛 報报
    廣广 藝艺 術术 裝装 飾饰 紙纸 鋼钢 淺浅 濃浓 艷艳 飽饱 簡简 約约 淨净 溫温
    黃黄 陽阳 圖图 網网 達达 優优 緻致 華华 貴贵 禮礼 嬰婴 兒儿 貓猫 夢梦 豐丰
    節节 聖圣 開开 關关 強强 線线 條条 勢势 國国 東东 寧宁 靜静 禪禅 園园 莊庄
    農农 鄉乡 藍蓝 綠绿 紅红 銀银 銅铜 鐵铁 鏡镜 戶户 離离 碼码 愛爱 樂乐 氣气
    場场 戲戏 劇剧 電电 腦脑 數数 應应 頁页 標标 誌志 單单 雙双 獨独 雜杂 絲丝
    鋪铺 買买 賣卖 價价 書书 館馆 戀恋 亞亚 倫伦 羅罗 維维 熱热 帶带 沖冲 衝冲
    繪绘 絵绘 図图 黒黑 動动 鮮鲜 乾干 極极 蠟蜡 膠胶 設设 計计 選选 隨随 幫帮
    傳传 統统 經经 調调 蝕蚀 鑲镶 磚砖 塗涂 紋纹 觸触 暈晕 濾滤 彈弹 麗丽 煙烟
    樣样 種种
"""
_SIMPLIFIED: Final = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}
"""Traditional and Japanese forms of characters that the words have, to simplified ones."""
_CHARACTERS: Final[dict[int, int | str]] = {**_KATAKANA, **_SIMPLIFIED}
_TOKEN: Final = re.compile(
    r"(?P<character>[\u3005-\u3007\u3040-\u309f\u30fc\u3400-\u9fff])"
    r"|(?P<fraction>\d+[/\u2044]\d+)"
    r"|(?P<word>[^\W_]+)"
    r"|(?P<percent>%)"
    r"|(?P<break>[,;:.!?、。，；：！？+&/|()（）「」·]+)"
)
_CHARACTER_AT: Final = re.compile(r"[\u3005-\u3007\u3040-\u309f\u30fc\u3400-\u9fff]")
BREAK: Final = ","
"""The token of every punctuation that separates parts of a query."""


def normalised(text: str) -> str:
    """Compatible forms, case and accents of Latin letters, kana and Chinese characters made equal."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    without_marks = _MARKS_OF_LATIN.sub("", unicodedata.normalize("NFD", folded))
    return unicodedata.normalize("NFC", without_marks).translate(_CHARACTERS)


def tokens_of(text: str) -> list[str]:
    """Of any text: a token for each Latin word, number, percent sign and fraction, for each Chinese or
    Japanese character, and BREAK for punctuation."""
    return tokens_of_normalised(normalised(text))


def tokens_of_normalised(text: str) -> list[str]:
    found = []
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "break":
            found.append(BREAK)
        elif match.lastgroup == "word":
            found += _split_word(match.group())
        else:
            found.append(match.group().replace("\u2044", "/"))
    return found


def _split_word(word: str) -> list[str]:
    """Characters that follow Latin letters without a space are tokens of their own."""
    parts, start = [], 0
    for match in _CHARACTER_AT.finditer(word):
        parts += [word[start : match.start()], match.group()]
        start = match.end()
    return [part for part in [*parts, word[start:]] if part]


def is_character(token: str) -> bool:
    """Whether the token is a Chinese or Japanese character."""
    return _CHARACTER_AT.match(token) is not None


def ngrams(text: str, length: int) -> set[str]:
    """Parts of the text of so many characters."""
    return {text[at : at + length] for at in range(len(text) - length + 1)}
