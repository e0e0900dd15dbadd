"""build/demo/index.html: every photo before and after, in one page that needs nothing but its pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.demo.pictures import GalleryRow, StyledImage

TEMPLATES: Final = Path(__file__).parent / "gallery"
PROTECTION_LABELS: Final = {
    "off": "nothing protected",
    "soft": "product protected",
    "strict": "product kept as it is",
    "background-only": "only the background painted",
    "product-only": "only the product painted",
}


def write_gallery(
    folder: Path, rows: Sequence[GalleryRow], report: Mapping[str, Any], style_names: Mapping[str, str]
) -> Path:
    """Write `folder`/index.html; `style_names` are the styles' names by id."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["urlpath"] = quote
    page = environment.get_template("page.html").render(
        style=_asset("gallery.css"),
        script=_asset("gallery.js"),
        figures=_figures(report),
        failures=[photo for photo in report["photos"] if photo["failure"]],
        rows=rows,
        machine=report["machine"],
        protection_labels=PROTECTION_LABELS,
        title_of=lambda styled: title_of(styled, style_names),
    )
    target = folder / "index.html"
    target.write_text(page, encoding="utf-8")
    return target


def _asset(name: str) -> str:
    """The text of a CSS or script file, which the template inserts without escaping."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _figures(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Values and their labels."""
    totals, seconds = report["totals"], report["seconds"]
    return [
        (f"{totals['ready']} / {totals['photos']}", "photos ready"),
        (str(totals["pictures"]), "pictures made"),
        (f"{seconds['photos']:.1f} s", "for all photos"),
        (f"{report['memory']['peak_mb'] / 1000:.1f} GB", "peak memory"),
    ]


def title_of(styled: StyledImage, style_names: Mapping[str, str]) -> str:
    """`Oil paint`, `Automatic: Oil paint`, or `Oil paint 70 % + Watercolour 30 %` for a mix."""
    if styled.reasons:
        return f"{style_names.get('auto', 'auto')}: {_mix_title(styled, style_names)}"
    return _mix_title(styled, style_names)


def _mix_title(styled: StyledImage, style_names: Mapping[str, str]) -> str:
    names = {style: style_names.get(style, style) for style in styled.styles}
    if len(names) == 1:
        return "".join(names.values())
    total = sum(styled.styles.values())
    return " + ".join(f"{names[style]} {share / total:.0%}" for style, share in styled.styles.items())
