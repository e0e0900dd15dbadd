"""Outcomes of handling a message or photo; each value is the name of a CloudWatch metric."""

from enum import StrEnum

METRICS_NAMESPACE = "Limner"


class Outcome(StrEnum):
    SUBMITTED = "JobsSubmitted"
    PAUSED = "PhotosPaused"
    REFUSED = "PhotosRefused"
    SUPERSEDED = "EventsSuperseded"
    VARIANTS_MADE = "VariantsMade"
    STYLED = "PhotosStyled"
    STYLIZATION_FAILED = "StylizationsFailed"
    FOREIGN_NOTIFICATION = "ForeignNotifications"
    CLOSED = "PhotosClosed"
    RECORDED_FROM_S3 = "PhotosRecordedFromS3"
    WAITING = "PhotosWaiting"
    RESENT = "PhotosResent"
    NEVER_UPLOADED = "UploadsNeverCame"
    SWEEP_ERROR = "SweepErrors"
    ORPHAN_FOUND = "OrphansFound"
    GIVEN_UP = "PhotosGivenUp"


UNSIGNED = "PicturesUnsigned"
"""Metric: pictures that were published without Content Credentials, for lack of certificates."""
GATE_REFUSALS = "GateRefusals"
"""Metric: looks that a gate refused at the ordered strength; counted in total, and by `gate`."""
