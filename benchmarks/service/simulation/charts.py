"""A scenario as an SVG: photos a second, instances, and what waits, by the hour."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from .run import Outcome

WIDTH_PX, ROW_HEIGHT_PX, LEFT_PX, RIGHT_PX, TOP_PX, GAP_PX = 760, 96, 76, 16, 34, 30
MAX_POINTS = 360
STYLE = "font: 12px sans-serif; fill: #37474f"
ROWS = (
    ("photos a second", "#00695c"),
    ("instances", "#1565c0"),
    ("tickets at the endpoint", "#6a1b9a"),
    ("photos in lines", "#ef6c00"),
)


def write_chart(outcome: Outcome, path: Path) -> None:
    """Four rows over one axis of hours; each is scaled to its greatest value."""
    samples = outcome.samples[:: max(1, len(outcome.samples) // MAX_POINTS)]
    hours = [sample.hour for sample in samples]
    is_over = [sample.hour > outcome.plan.begin_hour + outcome.plan.hours for sample in samples]
    rates = [
        0.0 if over else outcome.plan.rate(sample.hour * 3600)
        for sample, over in zip(samples, is_over, strict=True)
    ]
    series = (
        rates,
        [float(sample.instances) for sample in samples],
        [float(sample.endpoint_backlog) for sample in samples],
        [float(sample.waiting_in_lines) for sample in samples],
    )
    height = TOP_PX + len(ROWS) * (ROW_HEIGHT_PX + GAP_PX)
    body = [_text(LEFT_PX, 20, outcome.plan.name, anchor="start")]
    for number, ((label, colour), values) in enumerate(zip(ROWS, series, strict=True)):
        top = TOP_PX + number * (ROW_HEIGHT_PX + GAP_PX)
        body += _row(label, colour, hours, values, top)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height}" role="img">\n'
        f"<title>{escape(outcome.plan.name)}</title>\n"
        f'<rect width="{WIDTH_PX}" height="{height}" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n",
        "utf-8",
    )


def _row(label: str, colour: str, hours: Sequence[float], values: Sequence[float], top: int) -> list[str]:
    greatest = max(1.0, *values)
    first, last = hours[0], hours[-1]
    base, width = top + ROW_HEIGHT_PX, WIDTH_PX - LEFT_PX - RIGHT_PX

    def x(hour: float) -> float:
        return LEFT_PX + width * (hour - first) / max(last - first, 1e-9)

    points = " ".join(
        f"{x(hour):.1f},{base - (ROW_HEIGHT_PX - 14) * value / greatest:.1f}"
        for hour, value in zip(hours, values, strict=True)
    )
    step = 1 if last - first < 12 else 3
    ticks = [hour for hour in range(int(first), int(last) + 1, step) if hour >= first - 0.1]
    return [
        f'<line x1="{LEFT_PX}" y1="{base}" x2="{WIDTH_PX - RIGHT_PX}" y2="{base}" stroke="#b0bec5"/>',
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
        _text(LEFT_PX - 6, top + 18, f"{greatest:,.0f}"),
        _text(LEFT_PX - 6, base, "0"),
        _text(LEFT_PX + 4, top + 10, label, anchor="start"),
        *[_text(x(hour), base + 14, f"{hour % 24}:00", anchor="middle") for hour in ticks],
    ]


def _text(x: float, y: float, text: str, *, anchor: str = "end") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{STYLE}">{escape(text)}</text>'
