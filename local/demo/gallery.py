"""build/demo/index.html: every photo before and after, in one page that needs nothing but its pictures."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from local.demo.pictures import Row, Styled

_PARTS = Path(__file__).parent / "gallery"
_KEPT = {
    "off": "nothing protected",
    "soft": "product protected",
    "strict": "product kept as it is",
    "background-only": "ground alone painted",
    "product-only": "product alone painted",
}


def write_gallery(
    folder: Path, rows: Sequence[Row], report: Mapping[str, Any], words: Mapping[str, str]
) -> Path:
    """`words` names the styles by id; the page goes to `folder`/index.html."""
    page = _part("page").substitute(
        style=(_PARTS / "gallery.css").read_text(),
        script=(_PARTS / "gallery.js").read_text(),
        facts="".join(_fact(value, label) for value, label in _facts(report)),
        failures=_failures(report["photos"]),
        rows="".join(_row(row, words) for row in rows),
        machine=escape("{processor}, {cores} cores, {memory_gb} GB".format(**report["machine"])),
    )
    target = folder / "index.html"
    target.write_text(page, encoding="utf-8")
    return target


def _part(name: str) -> Template:
    return Template((_PARTS / f"{name}.html").read_text(encoding="utf-8"))


def _facts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    totals, seconds = report["totals"], report["seconds"]
    return [
        (f"{totals['ready']} / {totals['photos']}", "photos ready"),
        (str(totals["pictures"]), "pictures made"),
        (f"{seconds['photos']:.1f} s", "for all photos"),
        (f"{report['memory']['peak_mb'] / 1000:.1f} GB", "memory at most"),
    ]


def _fact(value: str, label: str) -> str:
    return f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"


def _failures(photos: Sequence[Mapping[str, Any]]) -> str:
    failed = [photo for photo in photos if photo["failure"]]
    items = "".join(
        f"<li><b>{escape(photo['file'])}</b> <code>{escape(photo['failure']['code'])}</code> "
        f"{escape(photo['failure']['message'])}</li>"
        for photo in failed
    )
    return f'<section class="failures"><h2>Not made</h2><ul>{items}</ul></section>' if failed else ""


def _row(row: Row, words: Mapping[str, str]) -> str:
    return _part("row").substitute(
        filename=escape(row.filename),
        original=quote(row.original),
        size=f"{row.width} × {row.height}",
        seconds=f"{row.seconds:.1f} s",
        enhanced=_enhanced(row.filename, row.enhanced) if row.enhanced else "",
        cards="".join(_card(row, styled, words) for styled in row.styled),
    )


def _enhanced(filename: str, enhanced: Styled) -> str:
    return _part("enhanced").substitute(
        shown=quote(enhanced.shown),
        full=quote(enhanced.full),
        alt=escape(f"{filename}, lifted"),
        steps=escape("; ".join(enhanced.steps) or "as it was"),
        verdict=escape(enhanced.verdict),
    )


def _card(row: Row, styled: Styled, words: Mapping[str, str]) -> str:
    title = title_of(styled, words)
    return _part("card").substitute(
        title=escape(title),
        strength=f"{styled.strength:.0%}",
        kept=_KEPT[styled.protection],
        ratio=f"{styled.width} / {styled.height}",
        before=quote(row.original),
        after=quote(styled.shown),
        full=quote(styled.full),
        alt=escape(f"{row.filename}, {title}"),
        figures=f"{styled.width} × {styled.height} · {styled.bytes / 1000:,.0f} kB",
        verdict=escape(" ".join([styled.verdict, *styled.reasons]).strip()),
    )


def title_of(styled: Styled, words: Mapping[str, str]) -> str:
    """`Oil paint`, `Automatic: Oil paint`, or `Oil paint 70 % + Watercolour 30 %` for a mix."""
    if styled.reasons:
        return f"{words.get('auto', 'auto')}: {_mix_of(styled, words)}"
    return _mix_of(styled, words)


def _mix_of(styled: Styled, words: Mapping[str, str]) -> str:
    total = sum(styled.styles.values())
    if len(styled.styles) == 1:
        return "".join(words.get(style, style) for style in styled.styles)
    parts = (f"{words.get(style, style)} {share / total:.0%}" for style, share in styled.styles.items())
    return " + ".join(parts)
