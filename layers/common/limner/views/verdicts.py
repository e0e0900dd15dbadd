"""A gate verdict in the API, with a sentence for the shop's page."""

from limner.report import ENGINE, Verdict

_REASON_BY_GATE = {
    "finite": "to leave no broken pixel",
    "clipping": "to keep the light and dark parts",
    "style_gain": "because the style would hardly show",
    "product_ssim": "to keep the product's shape",
    "edge_keep": "to keep the product's edges",
    "flat_noise": "to keep plain areas calm",
    "halo": "to keep the background around the product clean",
    "white_background": "to keep the background white",
    "background": "to leave the background unchanged",
    "delta_e": "to keep the product's colours",
    "text": "to keep the text legible",
    "skin": "to keep the colours of people's skin",
    ENGINE: "because the style could not be painted",
}


class VerdictView(Verdict):
    """`words` is the verdict as a sentence."""

    words: str


def verdict_view(verdict: Verdict) -> VerdictView:
    return VerdictView(words=verdict_sentence(verdict), **verdict.model_dump())


def verdict_sentence(verdict: Verdict) -> str:
    """`Strength lowered to 60 % to keep the text legible.`"""
    reasons = [_REASON_BY_GATE.get(gate, f"to pass the check “{gate}”") for gate in verdict.refused_by]
    match verdict.outcome:
        case "passed":
            return "Passed every check." if verdict.gates else "No checks apply."
        case "lowered":
            percent = f"{verdict.strength:.0%}".replace("%", " %")
            return f"Strength lowered to {percent} {_joined(reasons)}."
        case "fallback":
            return f"Shown without the style {_joined(reasons)}."


def _joined(reasons: list[str]) -> str:
    *others, last = reasons or ["to be safe"]
    return f"{', '.join(others)} and {last}" if others else last
