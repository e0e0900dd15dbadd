"""Outcomes of handling a message or photo; each value is the name of a CloudWatch metric."""

import logging
from enum import StrEnum

from limner.errors import ForeignUpload
from limner.tenancy import is_live

logger = logging.getLogger(__name__)
METRICS_NAMESPACE = "Limner"


class Outcome(StrEnum):
    SUBMITTED = "JobsSubmitted"
    PAUSED = "PhotosPaused"
    DEFERRED = "PhotosDeferred"
    WAITING_IN_LINE = "PhotosWaitingInLine"
    QUOTA_EXCEEDED = "QuotasExceeded"
    REFUSED = "PhotosRefused"
    SUPERSEDED = "EventsSuperseded"
    VARIANTS_MADE = "VariantsMade"
    STYLED = "PhotosStyled"
    STYLIZATION_RETRIED = "StylizationsRetried"
    RESTYLE_ATTEMPT_FAILED = "RestyleAttemptsFailed"
    """At a worker, and so no reason to take back an image of the endpoint."""
    STYLIZATION_FAILED = "StylizationsFailed"
    FOREIGN_UPLOAD = "ForeignUploads"
    FOREIGN_NOTIFICATION = "ForeignNotifications"
    STYLE_PICTURE_RECEIVED = "StylePicturesReceived"
    STYLE_LEARNED = "StylesLearned"
    STYLE_REFUSED = "StylesRefused"
    STYLE_ERASED = "StylesErased"
    CLOSED = "PhotosClosed"
    RECORDED_FROM_S3 = "PhotosRecordedFromS3"
    WAITING = "PhotosWaiting"
    RESENT = "PhotosResent"
    NEVER_UPLOADED = "UploadsNeverCame"
    SWEEP_ERROR = "SweepErrors"
    ORPHAN_FOUND = "OrphansFound"
    GIVEN_UP = "PhotosGivenUp"
    IMPORTED = "PhotosImported"
    IMPORT_FAILED = "ImportsFailed"
    ERASING = "PhotosBeingErased"
    ERASED = "PhotosErased"
    ERASURE_RESENT = "ErasuresResent"
    EXPIRED = "PhotosExpired"
    ORIGINAL_EXPIRED = "OriginalsExpired"
    RESULT_EXPIRED = "SupersededResultsExpired"
    FANNED_OUT = "WebhookEventsFannedOut"
    DELIVERED = "WebhooksDelivered"
    DELIVERY_DEFERRED = "WebhooksDeferred"
    DELIVERY_RETRIED = "WebhookTriesFailed"
    DELIVERY_FAILED = "WebhooksFailed"
    DELIVERY_SUPERSEDED = "WebhooksSuperseded"
    WEBHOOK_DISABLED = "WebhooksDisabled"
    CAMPAIGN_ADVANCED = "CampaignSteps"
    CAMPAIGN_FINISHED = "CampaignsFinished"
    CAMPAIGN_SWITCHED = "CampaignsSwitched"
    CAMPAIGNS_DUE = "CampaignsDue"
    PACK_ADVANCED = "PackSteps"
    PACK_FINISHED = "PacksFinished"
    PACK_JOB_ENDED = "PackJobsEnded"
    PACKS_DUE = "PacksDue"
    ARCHIVE_ASSEMBLED = "PackArchivesAssembled"
    ARCHIVE_REFUSED = "PackArchivesRefused"
    SANDBOX_JOB_DONE = "SandboxJobsDone"
    SANDBOX_JOB_DELAYED = "SandboxJobsDelayed"
    SANDBOX_PHOTO_FAILED = "SandboxPhotosFailed"


_FAILURES = frozenset({Outcome.REFUSED, Outcome.QUOTA_EXCEEDED, Outcome.STYLIZATION_FAILED, Outcome.GIVEN_UP})


def of_mode(tenant: str, outcome: Outcome) -> Outcome:
    """Failures of test tenants' photos are counted apart: they are ordered, and no reason to wake anybody."""
    is_ordered = outcome in _FAILURES and not is_live(tenant)
    return Outcome.SANDBOX_PHOTO_FAILED if is_ordered else outcome


def foreign_upload(error: ForeignUpload) -> Outcome:
    """Counted and logged. The object stays where it is, and nothing is recorded of it."""
    logger.warning("%s", error)
    return Outcome.FOREIGN_UPLOAD


UNSIGNED = "PicturesUnsigned"
"""Metric: pictures that were published without Content Credentials, for lack of certificates."""
GATE_REFUSALS = "GateRefusals"
"""Metric: looks that a gate refused at the ordered strength; counted in total, and by `gate`."""
CREDENTIALS_REFUSED = "CredentialsRefused"
"""Metric: keys and tokens that the authorizer refused; the same header counts once a minute."""
EVENTS_PUBLISHED = "EventsPublished"
"""Metric: events that the notifier published, doubles included."""
CHANGES_UNREADABLE = "ChangesUnreadable"
"""Metric: changes of photos that no event could be made of, since their row is invalid."""
SWEEPS_STARTED = "SweepsStarted"
"""Metric: the sweeper's heartbeat."""
