"""Which pictures the gates are sure of: those that are published without a person's decision.

A gate is sure if its value is a tenth of its range away from its limit. The range is what the value may have
and pass: from 0 to the limit of a change, from the limit to 1 of a share that is kept. Gates of a range that
a change of one 8-bit step leaves, and those that promise nothing about the product, need no margin.
"""

from limner.contracts import StylizeTicket
from limner.report import Gate, Verdict
from limner.tenancy import Visibility

MARGIN_SHARE = 0.1
"""Of a gate's range, between its value and its limit."""
GATES_OF_KEPT_SHARES = frozenset({"product_ssim", "edge_keep", "text"})
"""1 is the photo itself, and the limit is the least."""
GATES_OF_CHANGES = frozenset({"clipping", "flat_noise", "halo", "delta_e", "skin"})
"""0 is the photo itself, and the limit is the most."""


def is_sure(verdict: Verdict | None) -> bool:
    """The picture was made at the ordered strength, by gates of which each that judges the product, light or
    noise has passed with its margin. Without a verdict or gates nothing was judged."""
    if verdict is None or verdict.outcome != "passed" or not verdict.gates:
        return False
    return not unsure_gates(verdict)


def visibility_of_picture(ticket: StylizeTicket, verdict: Verdict | None) -> Visibility:
    """Of a picture with this verdict: what a person has yet to decide about has no public address."""
    return Visibility.PRIVATE if ticket.is_reviewed and not is_sure(verdict) else ticket.visibility


def unsure_gates(verdict: Verdict) -> tuple[str, ...]:
    """The gates that are the reason to ask a person, in their order: those that refused the ordered strength,
    and those that passed by less than their margin."""
    narrow = [gate.name for gate in verdict.gates if not has_margin(gate)]
    return tuple(dict.fromkeys((*verdict.refused_by, *narrow)))


def has_margin(gate: Gate) -> bool:
    """Of a gate without a value, such as in test mode, whether it passed."""
    if not gate.passed:
        return False
    if gate.value is None or gate.limit is None:
        return True
    if gate.name in GATES_OF_KEPT_SHARES:
        return gate.value >= gate.limit + MARGIN_SHARE * (1 - gate.limit)
    if gate.name in GATES_OF_CHANGES:
        return gate.value <= (1 - MARGIN_SHARE) * gate.limit
    return True
