"""How a message ended; counted as metrics under these names."""

from enum import StrEnum


class Outcome(StrEnum):
    SUBMITTED = "JobsSubmitted"
    REFUSED = "PhotosRefused"
    SUPERSEDED = "EventsSuperseded"
    VARIANTS_MADE = "VariantsMade"
    STYLED = "PhotosStyled"
    STYLIZATION_FAILED = "StylizationsFailed"
    FOREIGN_NOTIFICATION = "ForeignNotices"
    CLOSED = "PhotosClosed"
    SETTLED_FROM_S3 = "PhotosSettledFromS3"
    WAITING = "PhotosWaiting"
    RESENT = "PhotosResent"
    NEVER_CAME = "UploadsNeverCame"
    TROUBLED = "SweepTroubles"
    ORPHAN_FOUND = "OrphansFound"
    GIVEN_UP = "PhotosGivenUp"


GATE_REFUSALS = "GateRefusals"
"""Looks that a gate lowered or turned down; counted in all, and by `gate`."""
