"""Looks as options of the command `limner`."""

from typing import Any

import typer

from limner_client.models import LookView


def look_of(text: str, protection: str | None) -> dict[str, Any]:
    """`oil`, `oil=0.7,ukiyo-e=0.3`, each with `@0.8` for the strength."""
    mix, _, strength = text.partition("@")
    look: dict[str, Any] = {"styles": dict(weight_of(part) for part in mix.split(","))}
    if strength:
        look["strength"] = number(strength)
    return look | ({"protection": protection} if protection else {})


def option_of(look: LookView) -> str:
    """The options of `limner upload` that order this look; levels have none."""
    mix = ",".join(f"{style}={weight:g}" for style, weight in look.styles.items())
    text = f"--look {mix if len(look.styles) > 1 else next(iter(look.styles))}@{look.strength or 0:g}"
    return f"{text} --protection {look.protection}" if look.protection else text


def changed_levels(look: LookView) -> str:
    """As `colour 0.5`; empty where all are 1."""
    levels = look.levels.model_dump() if look.levels else {}
    return ", ".join(f"{name} {level:g}" for name, level in levels.items() if level not in {None, 1})


def weight_of(part: str) -> tuple[str, float]:
    style, _, weight = part.partition("=")
    return style, number(weight) if weight else 1.0


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number", param_hint="--look") from None
