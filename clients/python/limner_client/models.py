"""Made from docs/openapi.json by `python -m tools.python_client`; do not edit."""

from __future__ import annotations

from datetime import date as date_aliased
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, RootModel

from limner_client._model import Model


class ActionView(Model):
    """One step of `c2pa.actions`, in C2PA's words; parameters of our own begin with `limner.`."""

    action: str
    """Name of the action (C2PA)."""
    source_type: str | None
    """Digital source type that it led to, as a URI of IPTC, or null."""
    parameters: dict[str, Any]
    """What the action was done with."""


class ArchiveView(Model):
    """The pictures of a pack for one marketplace in a ZIP archive; `url` is null while it is assembled."""

    marketplace: str
    """Id of the marketplace."""
    is_ready: bool
    """Whether the archive can be fetched."""
    url: str | None
    """Link to the archive; null while it is being assembled."""
    bytes: int | None
    """Bytes of the archive, 1 or more; null while it is being assembled."""
    expires_at: AwareDatetime | None
    """When the link ends (UTC); null while it is being assembled."""


class AttemptView(Model):
    """One try: the status of the answer, or the error for which there was none."""

    at: AwareDatetime
    """When it was tried (UTC)."""
    status: int | None
    """HTTP status, a number from 100 to 599; null without an answer."""
    error: str | None
    """Why this one was refused or failed; null otherwise."""
    milliseconds: int
    """Number of milliseconds that it took; 0 or more."""


class BatchOutcomes(Model):
    """
    How many items of a batch have ended in which way. `not_ordered` are those that were refused when they
    were ordered, `gone` photos that were erased, or whose order has expired without a file.
    """

    ready: int = 0
    """Number of photos with all their pictures; 0 or more."""
    failed: int = 0
    """Number of photos that failed, not for their file; 0 or more."""
    refused: int = 0
    """Number of photos whose file was refused; 0 or more."""
    cancelled: int = 0
    """Number of photos that were cancelled; 0 or more."""
    not_uploaded: int = 0
    """Number of photos whose file has not come in time; 0 or more."""
    gone: int = 0
    """Number of photos that were erased, or whose order has expired; 0 or more."""
    not_ordered: int = 0
    """Number of items that were refused when ordered; 0 or more."""


class CanvasView(Model):
    """The picture that a pack holds. A photo is never enlarged, so that the canvas can be smaller."""

    is_white: bool
    """Whether the product is put on exact white; otherwise the photo is kept."""
    long_side_px: int
    """The longer side in pixels at most, 1 or more."""
    aspect: float
    """Width over height, a number, 0 or more; 0 keeps the photo's own."""
    fill: float
    """How much of the canvas' side the product spans, a share, 0 to 1."""
    format: str
    """`JPEG` or `PNG`."""


class CapCheckView(Model):
    """
    What a campaign needs of one cap, and what is left of it today; of `budget`, in US dollars, this
    month.
    """

    cap: str
    """Name of the cap."""
    needed: float
    """What the run needs of it: a number, 0 or more, in US dollars for `budget`."""
    left: float
    """What is left of it: a number, 0 or more, in US dollars for `budget`."""
    limit: float
    """The cap: a number, 0 or more, in US dollars for `budget`."""
    windows: int | None
    """Number of days, months for `budget`, in which it is enough; 1 or more, null for never."""


class Counts(Model):
    """Photos of the run that have ended, by outcome."""

    ready: int = 0
    """Number of photos with all pictures; 0 or more."""
    failed: int = 0
    """Number of photos that failed, not for their file; 0 or more."""
    refused: int = 0
    """Number of photos that could not be ordered, or whose file was refused; 0 or more."""
    cancelled: int = 0
    """Number of photos whose order was cancelled; 0 or more."""
    gone: int = 0
    """Number of photos that were erased; 0 or more."""


class CredentialsView(Model):
    """
    The picture's Content Credentials: whether its bytes are those that were signed, and what they say.
    `is_signed_here`: by this stack's key, as the authority's certificate in its chain proves; false where the
    chain has none.
    """

    is_valid: bool
    """Whether the signature is valid and the picture unchanged."""
    is_signed_here: bool
    """Whether this stack signed it."""
    signer: str
    """Name in the signer's certificate."""
    generator: str
    """Program that made the claim."""
    actions: list[ActionView]
    """What was done, in order."""
    problems: list[str]
    """Why the credentials are not valid."""


class DayUsageView(Model):
    """What one day's orders used."""

    orders: int
    """Number of orders; 0 or more."""
    pictures: int
    """Number of pictures; 0 or more."""
    bytes: int
    """Bytes of the uploaded photos; 0 or more."""
    megapixels: float
    """Megapixels of the uploaded photos; 0 or more."""
    estimated_cost_usd: float
    """By the cost model, in US dollars; 0 or more."""
    orders_by_key: dict[str, int]
    """Number of orders by API key; 0 or more."""
    pictures_by_style: dict[str, int]
    """Number of pictures by style; 0 or more."""
    date: date_aliased
    """Day (UTC)."""


class DecisionCountsView(Model):
    """How many decisions of each kind; `reasons` are those of rejections."""

    approved: int
    """Number of pictures that were approved; 0 or more."""
    rejected: int
    """Number of pictures that were rejected; 0 or more."""
    redone: int
    """Number of pictures that were ordered again; 0 or more."""
    reasons: dict[str, int]
    """Number of rejections by reason; 0 or more."""


class DeliveryView(Model):
    """
    One event for one webhook. `attempts` are the newest twelve; `next_attempt_at` is when it is tried
    again; `error` says why it has failed if not by its last attempt; `event` is what is sent.
    """

    id: str
    """Id of the delivery."""
    webhook_id: str
    """Id of the webhook."""
    event_id: str
    """Id of the event, the same for each delivery of it."""
    event_type: str
    """Kind of event."""
    state: str
    """`pending`, then `delivered` or `failed`."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""
    next_attempt_at: AwareDatetime | None
    """When it is sent again (UTC); null if it is not."""
    error: str | None
    """Why the last try failed; null if it did not."""
    attempts: list[AttemptView]
    """Tries so far."""
    event: dict[str, Any]
    """What is delivered: a CloudEvents envelope."""


class ErasureView(Model):
    """`erasing` until the last check, from `last_check_at` on, has found nothing; then `erased`."""

    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    state: str
    """How far it is; `erasing` until the last check has found nothing, then `erased`. Known values: erasing, erased."""
    requested_at: str
    """When it was asked for (UTC)."""
    last_check_at: str
    """From when on the last check is made (UTC)."""
    finished_at: str | None
    """When the work was finished (UTC); null before."""


class EstimateView(Model):
    """What the campaign's run would take, judged by its newest photos and the cost model."""

    photos: int
    """Number of photos of the collection; 0 or more."""
    is_exact: bool
    """Whether all photos were counted; otherwise judged by some ids, or a least number."""
    sampled: int
    """Number of photos that were looked at for the estimate; 0 to 50."""
    pictures: int
    """Number of pictures that are not there yet; 0 or more."""
    instance_seconds: float
    """Seconds of an instance's time; 0 or more."""
    estimated_cost_usd: float
    """By the cost model, in US dollars; 0 or more."""
    fits: bool
    """Whether no cap makes the run wait; false where no photo was found to judge by."""
    caps: list[CapCheckView]
    """What is needed of each cap."""


class ExternalIdsRequest(Model):
    """Ids to add to a list."""

    model_config = ConfigDict(
        extra="forbid",
    )
    external_ids: list[str]
    """The shop's own ids of photos; 1 to 5,000, of at most 128 characters."""


class FailureView(Model):
    """Why a photo is FAILED."""

    code: str
    """Stable code of the reason (docs/api.md lists them); more may be added. Known values: empty_file, upload_gone, too_many_bytes, not_an_image, unsupported_format, damaged_image, too_many_pixels, too_small, extreme_aspect, several_frames, unsupported_colour, unknown_style, stylization_failed, deadline_passed, tenant_suspended, quota_exceeded, import_address_refused, import_unreachable, import_not_found, import_too_large, invalid_metadata, cancelled."""
    message: str
    """The reason as a sentence for the seller."""


class FieldError(Model):
    """One invalid field of a request."""

    at: str
    """Where: the names on the way to the field, with slashes between."""
    code: str
    """Stable code for programs; clients treat an unknown one by its status."""
    detail: str
    """What is wrong with this request."""


class FormRequest(Model):
    """The file to be uploaded. `replace` says that it takes the place of the one that the photo has."""

    model_config = ConfigDict(
        extra="forbid",
    )
    content_type: str
    """Media type of the file."""
    replace: bool = False
    """Whether the file takes the place of the one that the photo has."""


class FormView(Model):
    """Send `fields` and then the file, as `file`, in one multipart POST to `url`."""

    url: str
    """Address, absolute."""
    fields: dict[str, str]
    """Fields of the form, to be sent unchanged and before the file."""
    expires_at: str
    """Until when the address is good (UTC); null for one that stays."""
    max_bytes: int
    """The largest file that the form takes, in bytes; 1 or more."""


class Gate(Model):
    """One check of the finished picture: `value` against `limit`."""

    name: str
    """Id of the gate."""
    value: float | None = None
    """Measured value, in the unit of the gate; null where it could not be computed."""
    limit: float | None = None
    """Limit of the gate, in the unit of the gate; null where there is none."""
    passed: bool
    """Whether the gates were passed."""


class GroupView(Model):
    """Visits by what their visitors did."""

    group: str
    """Of the visitor: `recommended`, or `control`, which is shown the first look."""
    impressions: int
    """Number of visits that were shown a picture; 0 or more."""
    clicks: int
    """Number of visits with a click; 0 or more."""
    baskets: int
    """Number of visits with the product put into a basket; 0 or more."""
    purchases: int
    """Number of visits with a purchase; 0 or more."""


class ItemErrorView(Model):
    """`code` is one of those of problems (docs/api.md)."""

    code: str
    """Stable code for programs; clients treat an unknown one by its status."""
    detail: str
    """What is wrong with this request."""


class Levels(Model):
    """The style's share at each level."""

    model_config = ConfigDict(
        extra="forbid",
    )
    colour: float = 1
    """Share of the style's colours: a share, 0 to 1."""
    stroke: float = 1
    """Share of the style's strokes: a share, 0 to 1."""
    motif: float = 1
    """Share of the style's redrawing of forms: a share, 0 to 1."""


class LevelsView(Model):
    """The style's share at each level."""

    colour: float = 1
    """Share of the style's colours: a share, 0 to 1."""
    stroke: float = 1
    """Share of the style's strokes: a share, 0 to 1."""
    motif: float = 1
    """Share of the style's redrawing of forms: a share, 0 to 1."""


class MarketplaceRuleView(Model):
    """One rule, with the page that states it; `limits` by name, with the unit at the name's end."""

    rule: str
    """Kind of the rule."""
    required: bool
    """False for what the marketplace only recommends."""
    source: str
    """Address of the page that states the rule."""
    read_on: date_aliased
    """Day on which the page was read."""
    limits: dict[str, Any]
    """The rule's limits by name; the name ends with the unit."""


class MarketplaceView(Model):
    """The rules of a marketplace for one kind of picture, and the canvas that meets them."""

    id: str
    """Id of the marketplace, for orders of packs."""
    name: str
    """Name of the marketplace and kind of picture."""
    canvas: CanvasView
    """The picture that a pack holds."""
    rules: list[MarketplaceRuleView]
    """What the marketplace asks of a picture."""


class MarketplacesView(Model):
    """The marketplaces that packs can be made for."""

    marketplaces: list[MarketplaceView]
    """All marketplaces, by id."""


class MemberView(Model):
    """What has come of one photo in the campaign's last run that it had a part in."""

    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    outcome: str
    """`ready`, `failed`, `refused`, `cancelled` or `gone`."""
    code: str | None
    """Stable code of the reason; null where there is none."""
    at: AwareDatetime
    """When its part in the run ended (UTC)."""
    run: int
    """Number of the run, counted from 1."""
    is_withdrawn: bool
    """Whether its pictures are left out of what the campaign publishes."""


class MembersView(Model):
    """Photos of a campaign whose part in a run has ended, by their ids."""

    photos: list[MemberView]
    """The photos of this page, by id."""
    next_cursor: str | None
    """`cursor` of the next page; null on the last."""


class ModelView(Model):
    """The model that paints the styles."""

    name: str
    """Name of the model."""
    version: str
    """Version of the model."""


class MonthView(Model):
    """The budget of this month (UTC), and what of it is used."""

    estimated_cost_usd: float
    """By the cost model, in US dollars; 0 or more; not AWS's bill."""
    budget_usd: int
    """The month's budget in US dollars; 0 or more."""
    resets_at: AwareDatetime
    """When the counters begin anew (UTC)."""


class PackCounts(Model):
    """Photos that have ended, by outcome."""

    made: int = 0
    """Number of photos with a verdict for each marketplace; 0 or more."""
    refused: int = 0
    """Number of photos without a picture to pack; 0 or more."""
    failed: int = 0
    """Number of photos that failed on our side, or for a cap; 0 or more."""
    gone: int = 0
    """Number of photos that were erased; 0 or more."""


class PackRefusalView(Model):
    """Why there is no picture; `reasons` by language."""

    code: str
    """Stable code of the reason."""
    reasons: dict[str, str]
    """The reason by language."""


class PhotoFilterView(Model):
    """All conditions hold at once; without any, all uploaded photos."""

    model_config = ConfigDict(
        extra="forbid",
    )
    tag: str | None = None
    """Tag that the rule or the filter is for."""
    created_since: AwareDatetime | None = None
    """Photos that were created at this time (RFC 3339) or later."""
    created_before: AwareDatetime | None = None
    """Photos that were created before this time (RFC 3339)."""


class PhotoFilterViewView(Model):
    """All conditions hold at once; without any, all uploaded photos."""

    tag: str | None = None
    """Tag that the rule or the filter is for."""
    created_since: AwareDatetime | None = None
    """Photos that were created at this time (RFC 3339) or later."""
    created_before: AwareDatetime | None = None
    """Photos that were created before this time (RFC 3339)."""


class PhotoStatus(RootModel[Literal["AWAITING_UPLOAD", "UPLOADED", "PROCESSING", "READY", "FAILED"]]):
    root: Literal["AWAITING_UPLOAD", "UPLOADED", "PROCESSING", "READY", "FAILED"]
    """AWAITING_UPLOAD until the file is uploaded; the other names are those of Shopify's `MediaStatus`."""


class Problem(Model):
    """
    Problem details (RFC 9457) with a stable `code` and the request's id. For an invalid request `errors`
    lists the first ten invalid fields, each with a stable code of its own.
    """

    type: str = "about:blank"
    """Kind of problem as a URI; `about:blank` where the status and `code` say it."""
    title: str
    """The status in words."""
    status: int
    """The HTTP status; 400 to 599."""
    code: str
    """Stable code for programs; clients treat an unknown one by its status."""
    detail: str
    """What is wrong with this request."""
    request_id: str
    """Id of the request, as in `X-Request-Id`."""
    errors: Annotated[list[FieldError], Field(validate_default=True)] = []
    """The first ten invalid fields."""


class RecommendationView(Model):
    """The look to show. Without a finished look, `look_name` is null and there is nothing to report."""

    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    look_name: str | None
    """Name of the picture to show; null for the photo itself."""
    recommendation: str | None
    """Signed text, to be sent back with the visitor's events; null without a look."""
    group: str | None
    """Of the visitor: `recommended`, or `control`, which is shown the first look."""
    propensity: float | None
    """Probability with which this look was chosen: a number above 0 and at most 1."""
    reason: str
    """What made this look be shown."""
    expected_reward: float | None
    """Expected rewards of a visit that is shown it: a number above 0."""


class RedoRequest(Model):
    """Without a strength, three quarters of that of the picture."""

    model_config = ConfigDict(
        extra="forbid",
    )
    strength: float | None = None
    """A share above 0 and below the picture's; null for three quarters."""


class RefusedItemView(Model):
    """One photo of a batch that was refused."""

    index: int
    """Place in the request, counted from 0."""
    error: ItemErrorView
    """Why this one was refused or failed; null otherwise."""


class RegionsFound(Model):
    """Without a `found` product the whole photo counts as product. Shares are of the photo's area."""

    found: bool
    """Whether a product was found; if not, the whole photo counts as product."""
    confidence: float
    """That the product was found rightly: a share, 0 to 1."""
    product_share: float
    """Part of the photo's area that the product fills: a share, 0 to 1."""
    text_share: float
    """Part of the photo's area that lettering fills: a share, 0 to 1."""


class RejectionRequest(Model):
    """Why the picture is rejected; `other` needs a comment."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: Literal[
        "product_changed",
        "wrong_colours",
        "unreadable_text",
        "background",
        "artefacts",
        "style_unsuitable",
        "too_strong",
        "other",
    ]
    """Why the picture is rejected."""
    comment: str | None = None
    """In the shop's words; 1 to 500 characters."""


class RenditionView(Model):
    """One file of a picture; sizes in pixels and bytes."""

    url: str
    """Address, absolute."""
    width: int
    """Width in pixels; 1 or more."""
    height: int
    """Height in pixels; 1 or more."""
    bytes: int
    """Size of the file in bytes; 1 or more."""
    content_type: str
    """Media type of the file."""
    expires_at: AwareDatetime | None
    """When the link ends. Null for an address that lives as long as the picture."""


class RestoreRequest(Model):
    """The number of the version whose pictures are to be the photo's again."""

    model_config = ConfigDict(
        extra="forbid",
    )
    version: int
    """Number of the version, counted from 0; it grows by 1."""


class Retention(Model):
    """How long what is stored for the tenant is kept; None for as long as the tenant exists."""

    model_config = ConfigDict(
        extra="forbid",
    )
    originals_days: int | None = None
    """Days that uploads are kept; 1 to 3650, null for as long as the tenant exists."""
    results_days: int | None = None
    """Days that pictures are kept; 1 to 3650, null for as long as the tenant exists."""
    logs_days: int | None = None
    """Days that logs are kept; 1 to 3650, null for as long as the tenant exists."""


class RetentionView(Model):
    """How long what is stored for the tenant is kept; None for as long as the tenant exists."""

    originals_days: int | None = None
    """Days that uploads are kept; 1 to 3650, null for as long as the tenant exists."""
    results_days: int | None = None
    """Days that pictures are kept; 1 to 3650, null for as long as the tenant exists."""
    logs_days: int | None = None
    """Days that logs are kept; 1 to 3650, null for as long as the tenant exists."""


class ReviewReportView(Model):
    """
    What was decided on these days (UTC), in all and by style. A picture of several styles counts for each
    of them.
    """

    since: date_aliased
    """The first day (UTC)."""
    until: date_aliased
    """The last day (UTC)."""
    total: DecisionCountsView
    """All decisions of these days."""
    styles: dict[str, DecisionCountsView]
    """The same by style id."""


class ReviewState(RootModel[Literal["waiting", "approved", "rejected", "redone"]]):
    root: Literal["waiting", "approved", "rejected", "redone"]
    """
    WAITING for a decision; only APPROVED pictures may be shown. In place of one that is REDONE, another
    with a lower strength is.
    """


class RotationRequest(Model):
    """For how long the secret that is replaced goes on signing beside the new one."""

    model_config = ConfigDict(
        extra="forbid",
    )
    overlap_hours: float = 24.0
    """Number of hours for which the secret before stays valid; 0 to 168."""


class RuleVerdictView(Model):
    """What a picture says to one rule; `reasons` by language."""

    rule: str
    """Kind of the rule."""
    required: bool
    """False for what the marketplace only recommends."""
    outcome: str
    """`passed`, `failed`, or `not_checked`, which counts as failed."""
    code: str
    """`passed`, or the stable code of the reason."""
    reasons: dict[str, str]
    """The reason by language."""
    source: str
    """Address of the page that states the rule."""
    read_on: date_aliased
    """Day on which the page was read."""


class SignInView(Model):
    """
    The OAuth 2.0 client that the page is, and its authorization server. `scope` is to be asked for;
    `token` is the one of the two tokens in the server's answer that the API accepts.
    """

    issuer: str
    """Issuer of the tokens (OpenID Connect)."""
    client_id: str
    """Id of the page as a client of the issuer."""
    authorize_url: str
    """Where a person is sent to sign in."""
    token_url: str
    """Where the code is exchanged for tokens."""
    scope: str
    """Scopes to ask the issuer for, with spaces between."""
    token: str
    """Which token of the issuer's answer the API accepts. Known values: id_token, access_token."""


class Sort(RootModel[Literal["created_at", "updated_at"]]):
    root: Literal["created_at", "updated_at"]
    """Both newest first."""


class Step(Model):
    """One enhancement of the photo; `note` describes it in words."""

    name: str
    """Id of the correction."""
    amount: float
    """How much was corrected, in the unit of the step; any number."""
    note: str
    """The correction in words."""


class StyleFailure(Model):
    """Why a style is FAILED."""

    code: str
    """Stable code for programs; clients treat an unknown one by its status."""
    message: str
    """The reason as a sentence for the seller."""


class StylePictureRequest(Model):
    """A picture that the style is learned from; its file is uploaded by the form in the answer."""

    model_config = ConfigDict(
        extra="forbid",
    )
    content_type: str
    """Media type of the file, such as image/jpeg."""


class StyleRequest(Model):
    """A name, and one to five pictures whose strokes and colours the style takes on."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str
    """Shown to people; 1 to 100 characters."""
    pictures: list[StylePictureRequest]
    """One to five pictures; several are averaged."""
    refinement_steps: int = 0
    """Steps of fine-tuning after the first estimate. 0 is ready in seconds; each step adds about one second on a CPU."""


class StyleView(Model):
    """One style that can be ordered."""

    id: str
    """Id, as requests name it."""
    name: str
    """Name in English."""
    family: str
    """Group that the style belongs to."""
    tags: list[str]
    """Words that the style is found by."""
    words: dict[str, str]
    """Name in other languages, by language code."""
    preview: str | None
    """Address of a preview, relative to the page or absolute; null where none is. Those of own styles are links, which end."""
    score: float | None
    """How well it answers the words: a number above 0 and below 1; null without words."""


class Trial(Model):
    """The look at one strength, and the gates' values there."""

    strength: float
    """How far the photo is moved towards the style: a share, 0 to 1; 0 is the photo itself."""
    gates: dict[str, float | None]
    """The gates' values at this strength, by name, in the units of the gates; null where not computed."""
    passed: bool
    """Whether the gates were passed."""


class UploadView(Model):
    """`photo` is the address of the photo, relative to `/v1/`."""

    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    photo: str
    """Address of the photo, relative to `/v1/`."""
    upload: FormView
    """The form to upload the file with."""


class UsageAmounts(Model):
    """
    What was used. `pictures` are the looks that were ordered of uploaded photos; a mix of styles counts for each
    of them in `pictures_by_style`. `sign-in` in `orders_by_key` are orders of people who signed in.
    """

    orders: int
    """Number of orders; 0 or more."""
    pictures: int
    """Number of pictures; 0 or more."""
    bytes: int
    """Bytes of the uploaded photos; 0 or more."""
    megapixels: float
    """Megapixels of the uploaded photos; 0 or more."""
    estimated_cost_usd: float
    """By the cost model, in US dollars; 0 or more; not AWS's bill."""
    orders_by_key: dict[str, int]
    """Number of orders by API key; 0 or more."""
    pictures_by_style: dict[str, int]
    """Number of pictures by style; 0 or more."""


class UsageView(Model):
    """Days (UTC) on which something was used, oldest first, and their sum."""

    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    since: date_aliased
    """First day (UTC)."""
    until: date_aliased
    """Last day (UTC)."""
    days: list[DayUsageView]
    """One entry for each day."""
    total: UsageAmounts
    """The sum of all days."""
    month: MonthView
    """The current month."""


class VerdictView(Model):
    """`words` is the verdict as a sentence."""

    outcome: str
    """`passed`, `lowered` to a lower strength, or `fallback` to the photo. Known values: passed, lowered, fallback."""
    strength: float
    """How far the photo is moved towards the style: a share, 0 to 1; 0 is the photo itself."""
    refused_by: list[str] = []
    """The gates that refused the look as ordered; `engine` if it could not be painted."""
    gates: Annotated[list[Gate], Field(validate_default=True)] = []
    """Each gate's value and limit."""
    words: str
    """The same in words."""


class VersionView(Model):
    """
    One finished set of pictures. `looks` are the names of its pictures; `restored_version`, for the source
    `restore`, is the version that it repeats.
    """

    version: int
    """Number of the version, counted from 0; it grows by 1."""
    at: AwareDatetime
    """When the version was finished (UTC)."""
    source: str
    """What made this version: `order`, `looks`, `retry`, `restore` or `replace`."""
    model: str
    """Model that painted the pictures, as name@version; null before."""
    looks: list[str]
    """Names of its pictures."""
    restored_version: int | None
    """Number of the version that this one repeats, 1 or more; null for other sources."""
    is_restorable: bool
    """Whether its pictures are still stored."""


class VersionsView(Model):
    """Newest first, at most twenty."""

    versions: list[VersionView]
    """The versions, newest first."""


class VisitorEventView(Model):
    """What became of one event."""

    index: int
    """Place in the request, counted from 0."""
    outcome: str
    """`counted`, `repeated` or `unknown_recommendation`."""


class VisitorEventsView(Model):
    """What became of each event, in the order of the request."""

    items: list[VisitorEventView]
    """One entry for each event, in the order of the request."""


class WaitingView(Model):
    """Nothing more is ordered before `until`."""

    reason: str
    """The cap that is used up, or the code of an error."""
    until: AwareDatetime
    """When ordering goes on (UTC)."""


class WebhookChange(Model):
    """What is given is changed. `enabled` true also ends a disablement after failures."""

    model_config = ConfigDict(
        extra="forbid",
    )
    url: str | None = None
    """Address, absolute."""
    events: (
        list[
            Literal[
                "photo.uploaded",
                "photo.ready",
                "photo.failed",
                "photo.refused",
                "photo.reviewed",
                "batch.completed",
                "style.ready",
                "style.failed",
                "quota.reached",
                "webhook.disabled",
                "webhook.test",
            ]
        ]
        | None
    ) = None
    """Kinds of events that are sent; all if it is empty."""
    description: str | None = None
    """A note of the shop's own; at most 200 characters."""
    enabled: bool | None = None
    """Whether events are sent."""


class WebhookRequest(Model):
    """A webhook to be added."""

    model_config = ConfigDict(
        extra="forbid",
    )
    url: str
    """Where events are sent: a public HTTPS address, whose certificate is valid for its name."""
    events: list[
        Literal[
            "photo.uploaded",
            "photo.ready",
            "photo.failed",
            "photo.refused",
            "photo.reviewed",
            "batch.completed",
            "style.ready",
            "style.failed",
            "quota.reached",
            "webhook.disabled",
            "webhook.test",
        ]
    ] = []
    """The types of events that are sent; empty for all."""
    description: str = ""
    """A note of yours."""


class WebhookSecretView(Model):
    """
    `secret` is shown this once: null where a call is repeated by its Idempotency-Key. It begins with
    `whsec_`, and verifies signatures by the Standard Webhooks specification.
    """

    id: str
    """Id of the webhook."""
    url: str
    """Where events are sent."""
    events: list[str]
    """Kinds of events that are sent; all if it is empty."""
    description: str
    """A note of the shop's own; at most 200 characters."""
    enabled: bool
    """Whether events are sent."""
    disabled_by: str | None
    """Who disabled it; null while it is enabled."""
    disabled_at: AwareDatetime | None
    """When it was disabled (UTC); null while it is enabled."""
    failing_since: AwareDatetime | None
    """Since when every delivery has failed (UTC); null otherwise."""
    previous_secret_until: AwareDatetime | None
    """Until when the secret before is valid too (UTC); null without one."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""
    secret: str | None
    """Secret that signs events, shown once."""


class WebhookView(Model):
    """
    `failing_since` is the first failed try since the last successful one. `previous_secret_until` is when
    the secret before the newest stops signing; null if there is none.
    """

    id: str
    """Id of the webhook."""
    url: str
    """Where events are sent."""
    events: list[str]
    """Kinds of events that are sent; all if it is empty."""
    description: str
    """A note of the shop's own; at most 200 characters."""
    enabled: bool
    """Whether events are sent."""
    disabled_by: str | None
    """Who disabled it; null while it is enabled."""
    disabled_at: AwareDatetime | None
    """When it was disabled (UTC); null while it is enabled."""
    failing_since: AwareDatetime | None
    """Since when every delivery has failed (UTC); null otherwise."""
    previous_secret_until: AwareDatetime | None
    """Until when the secret before is valid too (UTC); null without one."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""


class WebhooksView(Model):
    """The tenant's webhooks."""

    webhooks: list[WebhookView]
    """The webhooks."""


class WindowRequest(Model):
    """
    When the campaign is shown, in local times of one time zone. Without a start, from its publication on;
    without an end, until it is unpublished.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    starts_at: str | None = None
    """Local time from which on it is shown; null for at once."""
    ends_at: str | None = None
    """Local time from which on it is shown no more; null for none."""
    time_zone: str = "UTC"
    """Name in the IANA database of time zones."""


class WindowView(Model):
    """As it was given; `start` and `end` are the instants (UTC) by today's rules of the time zone."""

    starts_at: str | None
    """Local time from which on it is shown; null for at once."""
    ends_at: str | None
    """Local time from which on it is shown no more; null for none."""
    time_zone: str
    """Name in the IANA database of time zones."""
    start: AwareDatetime | None
    """`starts_at` as an instant (UTC); null without one."""
    end: AwareDatetime | None
    """`ends_at` as an instant (UTC); null without one."""


class BatchItemView(Model):
    """
    What has become of the item with this number in the call, from 0: `photo` and, unless it is fetched,
    its form; or `error`.
    """

    index: int
    """Place in the request, counted from 0."""
    external_id: str
    """The shop's own id of the product (SKU), 1 to 128 characters; not unique."""
    photo_id: str | None = None
    """Id of the photo: 32 hexadecimal digits, opaque."""
    photo: str | None = None
    """Address of the photo, relative to `/v1/`."""
    upload: Annotated[FormView | None, Field(default_factory=FormView)]
    """The form to upload the file with."""
    error: Annotated[ItemErrorView | None, Field(default_factory=ItemErrorView)]
    """Why this one was refused or failed; null otherwise."""


class BatchProgressView(Model):
    """
    What the batch's photos are now. `photos` counts them by status, `outcomes` all items by how they have
    ended; the event `batch.completed` has the outcomes of `completed_at`.
    """

    batch_id: str
    """Id of the batch that the photo was ordered in: 32 hexadecimal digits."""
    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""
    completed_at: AwareDatetime | None
    """When nothing of it was under way for the first time (UTC); null before."""
    is_finished: bool
    """Whether no photo of the batch is under way."""
    accepted: int
    """Number of photos that were accepted; 0 or more."""
    photos: dict[str, int]
    """Number of photos by status; 0 or more."""
    gone: int
    """Number of photos that were erased, or whose order has expired; 0 or more."""
    outcomes: BatchOutcomes
    """How many items have ended in which way by now; those under way are not counted."""
    refused: list[RefusedItemView]
    """What was refused."""


class BatchView(Model):
    """`batch` is the address of the batch, relative to `/v1/`."""

    batch_id: str
    """Id of the batch that the photo was ordered in: 32 hexadecimal digits."""
    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    batch: str
    """Address of the batch, relative to `/v1/`."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""
    accepted: int
    """Number of photos that were accepted; 0 or more."""
    refused: int
    """Number of photos that were refused; 0 or more."""
    items: list[BatchItemView]
    """One entry for each photo, in the order of the request."""


class CollectionRequest(Model):
    """Either `filter` or `external_ids`."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str
    """Name of the collection; 1 to 100 characters."""
    filter: Annotated[PhotoFilterView | None, Field(default_factory=PhotoFilterView)]
    """Conditions that hold at once; null for a list of ids."""
    external_ids: list[str] | None = None
    """The shop's own ids of photos; 1 to 5,000, of at most 128 characters."""


class CollectionView(Model):
    """A collection of a filter, or of a list with `listed_ids` ids."""

    collection_id: str
    """Id of the collection: 32 hexadecimal digits, opaque."""
    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    name: str
    """Name of the collection; 1 to 100 characters."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""
    filter: PhotoFilterViewView | None
    """Conditions that hold at once; null for a list of ids."""
    listed_ids: int
    """Number of ids of a list; 0 of a filter, at most 100,000."""


class CollectionsView(Model):
    """The tenant's collections, oldest first."""

    collections: list[CollectionView]
    """The collections, oldest first."""


class ComparisonView(Model):
    """Events of one type by impression, in both groups; the interval is null with too few visitors."""

    type: str
    """Type of the events that are compared."""
    recommended_rate: float | None
    """Of impressions of recommended looks: a share, 0 to 1, or null."""
    control_rate: float | None
    """Of impressions of the control group: a share, 0 to 1, or null."""
    rate_difference: float | None
    """Recommended less control: a number from -1 to 1, or null."""
    interval_low: float | None
    """Lower end of the difference's 95 % interval: a number, or null."""
    interval_high: float | None
    """Upper end of the difference's 95 % interval: a number, or null."""


class CountedCollectionView(Model):
    """A collection and how many photos it has now."""

    collection_id: str
    """Id of the collection: 32 hexadecimal digits, opaque."""
    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    name: str
    """Name of the collection; 1 to 100 characters."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""
    filter: PhotoFilterViewView | None
    """Conditions that hold at once; null for a list of ids."""
    listed_ids: int
    """Number of ids of a list; 0 of a filter, at most 100,000."""
    photos: int
    """Number of photos; 0 or more."""
    is_exact: bool
    """Whether all photos were counted; otherwise judged by some ids, or a least number."""


class DecisionView(Model):
    """Who decided what about a picture, and when. `by` is the id of an API key, or the user of a token."""

    review_id: str
    """Id of the picture in review."""
    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    look: str
    """Name of the picture's look."""
    state: str
    """`waiting`, `approved`, `rejected` or `redone`."""
    reason: str | None
    """Why it was rejected; null otherwise."""
    comment: str | None
    """In the shop's words; null where there is none."""
    redone_strength: float | None
    """Strength of the look in its place: a share, 0 to 1, or null."""
    by: str
    """Id of the API key, or the user of the token."""
    at: AwareDatetime
    """When it was decided (UTC)."""


class DecisionsView(Model):
    """Decisions of one day (UTC), in the order in which they were made."""

    decisions: list[DecisionView]
    """The decisions of this page, the first one first."""
    next_cursor: str | None
    """`cursor` of the next page; null on the last."""


class DeliveriesView(Model):
    """Newest first. `next_cursor` continues the list; null on its last page."""

    deliveries: list[DeliveryView]
    """The deliveries, newest first."""
    next_cursor: str | None
    """`cursor` of the next page; null on the last."""


class Explanation(Model):
    """
    What the picture's change consists of. The shares of `levels`, of `styles` and of `difference`
    sum to 1 each, or are all 0 where nothing has changed.
    """

    levels: dict[str, float]
    """Parts of the change by level: each a share, 0 to 1."""
    styles: dict[str, float]
    """Parts of the change by style: each a share, 0 to 1."""
    difference: dict[str, float]
    """Parts of the change that are structure, colour and texture: each a share, 0 to 1."""
    strip: Annotated[list[Trial], Field(validate_default=True)] = []
    """The look at several strengths."""
    words: str
    """The same in words."""


class Look(Model):
    """
    One picture to make: a weighted mix of styles (weights > 0) at a strength in [0, 1]; 0 is the photo.

    With `enhance`, light, colour and noise of the photo are corrected first. The styles `auto`, `enhance`
    and `grade-…` cannot be mixed with others. Former names (`beautify`) are accepted.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    styles: dict[str, float]
    """Weights of 1 to 4 styles by style id, each above 0 and at most 1; only their ratio counts."""
    strength: float = 1
    """How far the photo is moved towards the style: a share, 0 to 1; 0 is the photo itself."""
    protection: Literal["off", "soft", "strict", "background-only", "product-only"] = "soft"
    """What of the product a style may change."""
    levels: Annotated[Levels | None, Field(default_factory=Levels)]
    """The style's share at each level."""
    enhance: bool = True
    """Whether light, colour and noise of the photo are corrected first."""


class LookView(Model):
    """
    One picture to make: a weighted mix of styles (weights > 0) at a strength in [0, 1]; 0 is the photo.

    With `enhance`, light, colour and noise of the photo are corrected first. The styles `auto`, `enhance`
    and `grade-…` cannot be mixed with others. Former names (`beautify`) are accepted.
    """

    styles: dict[str, float]
    """Weights of 1 to 4 styles by style id, each above 0 and at most 1; only their ratio counts."""
    strength: float = 1
    """How far the photo is moved towards the style: a share, 0 to 1; 0 is the photo itself."""
    protection: str = "soft"
    """What of the product a style may change."""
    levels: Annotated[LevelsView | None, Field(default_factory=LevelsView)]
    """The style's share at each level."""
    enhance: bool = True
    """Whether light, colour and noise of the photo are corrected first."""


class LooksRequest(Model):
    """The looks to make besides those that the photo has."""

    model_config = ConfigDict(
        extra="forbid",
    )
    looks: list[Look]
    """The pictures to make: one look for each, 8 at most."""


class MatchView(Model):
    """A published picture of yours that this one is, or is a copy of."""

    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    version: str
    """Job that made the picture, or upload that a variant is of."""
    look_name: str | None
    """As in `results`; null for the photo without a style."""
    model: str
    """What painted it, or the release that made the variant."""
    different_bits: int
    """Number of bits in which the perceptual hashes differ; 0 to 64."""
    look: LookView | None
    """How the picture was ordered."""
    verdict: VerdictView | None
    """Outcome of the gates; null for a picture made by a release without gates."""
    steps: list[Step]
    """Corrections of the photo that were made, in order."""


class OwnStyleView(Model):
    """`id` is used in looks like a style of the catalogue, once the status is READY."""

    id: str
    """The style's id in looks: own- and 12 hexadecimal digits."""
    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    name: str
    """As it was ordered."""
    status: str
    """AWAITING_UPLOAD, LEARNING, then READY or FAILED."""
    created_at: AwareDatetime
    """When it was ordered, UTC."""
    finished_at: AwareDatetime | None
    """When it was learned, UTC; null before."""
    pictures: int
    """Number of pictures that it is learned from; 1 to 5."""
    refinement_steps: int
    """Number of steps of fine-tuning; 0 to 120."""
    preview: RenditionView | None
    """The shop's newest photo in the style; null before, or without a photo."""
    failure: StyleFailure | None
    """Why the style is FAILED; null otherwise."""


class OwnStylesView(Model):
    """The tenant's own styles."""

    styles: list[OwnStyleView]
    """All own styles, oldest first."""


class PackFileView(Model):
    """
    A picture that meets the marketplace's required rules. `name` is the shop's own id, safe in every file
    system.
    """

    name: str
    """Name for the file, safe in every file system."""
    file: RenditionView
    """The picture, with a link that expires."""


class PackRequest(Model):
    """
    Photos by their ids, or those of a collection, and the marketplaces that they are for. Without a look,
    the photos themselves are packed; with one, their pictures of it.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    photo_ids: list[str] = []
    """Ids of 1 to 500 photos; or `collection_id`."""
    collection_id: str | None = None
    """Id of a collection of 1 to 500 photos; or `photo_ids`."""
    marketplaces: list[str]
    """Ids of 1 to 8 marketplaces (`GET /v1/marketplaces`)."""
    look: Annotated[Look | None, Field(default_factory=Look)]
    """The look whose pictures are packed; null for the photos themselves."""


class PackedMarketplaceView(Model):
    """`found`: verdicts of the photo as it was; `verdicts`: those of the picture that was made."""

    marketplace: str
    """Id of the marketplace."""
    accepted: bool
    """Whether the picture meets every required rule."""
    picture: PackFileView | None
    """The picture; null where it is not accepted."""
    refusal: PackRefusalView | None
    """Why there is no picture; null where there is one."""
    found: list[RuleVerdictView]
    """Verdicts of the photo as it was, by rule."""
    verdicts: list[RuleVerdictView]
    """Verdicts of the picture that was made, by rule; empty without one."""


class PackedPhotoView(Model):
    """
    What has come of one photo: a verdict for each marketplace, or `refusal`. `outcome` is null while it is
    under way.
    """

    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    external_id: str | None
    """The shop's own id of the product (SKU), 1 to 128 characters; not unique."""
    outcome: str | None
    """`made`, `refused`, `failed` or `gone`; null while under way."""
    refusal: PackRefusalView | None
    """Why it has no verdicts; null where it has some, or is under way."""
    packed: list[PackedMarketplaceView]
    """What was made for each marketplace."""


class PhotoCard(Model):
    """
    A photo in a list. `thumbnail`, with its `alt`, is the smallest rendition of its first picture, or of
    the photo itself while there is none; `look_names` are those of its pictures, as in `results`.
    """

    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    external_id: str | None
    """The shop's own id of the product (SKU), 1 to 128 characters; not unique."""
    filename: str
    """Name of the file as the seller has it, without folders; 1 to 255 characters."""
    status: str
    """Where the photo is on its way; `READY` and `FAILED` are final."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""
    updated_at: AwareDatetime
    """When what a caller sees of the photo changed last (UTC)."""
    look_names: list[str]
    """Names of the photo's pictures."""
    thumbnail: RenditionView | None
    """A small picture of the photo; null before there is one."""
    alt: dict[str, str]
    """Texts for the attribute `alt`, by language: what is shown, in which style, and its main colour."""
    failure_code: str | None
    """Code of `failure`; null otherwise."""


class ProgressView(Model):
    """How far the run is."""

    run: int
    """Number of the run, counted from 1."""
    started_at: AwareDatetime
    """When the run was asked for (UTC)."""
    finished_at: AwareDatetime | None
    """When the work was finished (UTC); null before."""
    expected: int
    """Number of photos of the collection when the run began; 1 to 100,000."""
    is_exact: bool
    """Whether all photos were counted; otherwise judged by some ids, or a least number."""
    under_way: int
    """Number of photos that were taken up and have not ended; 0 or more."""
    outcomes: Counts
    """How many items have ended in which way by now; those under way are not counted."""
    waiting: WaitingView | None
    """Why nothing more is ordered for now; null otherwise."""


class ProvenanceView(Model):
    """
    `is_ours`: a published picture of yours was found. `found_by` says how: the credentials prove that the
    picture is unchanged; a perceptual hash says that it nearly looks the same.
    """

    is_ours: bool
    """Whether the picture was made by this service."""
    found_by: str | None
    """What it was recognised by; null if it was not."""
    credentials: CredentialsView | None
    """The picture's Content Credentials; null if it has none."""
    matches: list[MatchView]
    """The tenant's own pictures that it is or resembles."""


class RecommendationReportView(Model):
    """Recommended looks against the first look of each photo, over all these days."""

    since: date_aliased
    """First day (UTC)."""
    until: date_aliased
    """Last day (UTC)."""
    control_share: float
    """Of visitors in the control group: a share, 0 to 1."""
    groups: list[GroupView]
    """What visitors of both groups did."""
    comparisons: list[ComparisonView]
    """One entry for each type of event that follows an impression."""


class Rule(Model):
    """
    Other looks for the uploads that it matches: those that fulfil all given conditions.

    `looks` replace the tenant's; `strength`, `protection` and `enhance` are set on every look.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    prefix: str | None = None
    """Beginning of the upload's path that the rule is for."""
    tag: str | None = None
    """Tag that the rule or the filter is for."""
    category: str | None = None
    """Category that the rule is for."""
    looks: Annotated[list[Look], Field(validate_default=True)] = []
    """Looks that replace the tenant's; 8 at most, none to keep them."""
    strength: float | None = None
    """How far the photo is moved towards the style: a share, 0 to 1; 0 is the photo itself."""
    protection: Literal["off", "soft", "strict", "background-only", "product-only"] | None = None
    """What of the product a style may change."""
    enhance: bool | None = None
    """Whether light, colour and noise of the photo are corrected first."""


class RuleView(Model):
    """
    Other looks for the uploads that it matches: those that fulfil all given conditions.

    `looks` replace the tenant's; `strength`, `protection` and `enhance` are set on every look.
    """

    prefix: str | None = None
    """Beginning of the upload's path that the rule is for."""
    tag: str | None = None
    """Tag that the rule or the filter is for."""
    category: str | None = None
    """Category that the rule is for."""
    looks: Annotated[list[LookView], Field(validate_default=True)] = []
    """Looks that replace the tenant's; 8 at most, none to keep them."""
    strength: float | None = None
    """How far the photo is moved towards the style: a share, 0 to 1; 0 is the photo itself."""
    protection: str | None = None
    """What of the product a style may change."""
    enhance: bool | None = None
    """Whether light, colour and noise of the photo are corrected first."""


class SettingsRequest(Model):
    """All of a tenant's preferences; those that are left out get their defaults."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str
    """Name of the shop; 1 to 100 characters."""
    looks: list[Look]
    """The pictures to make: one look for each, 8 at most."""
    rules: Annotated[list[Rule], Field(validate_default=True)] = []
    """Looks for uploads without an order, by path, tag or category; the first match decides."""
    review: bool = False
    """Whether pictures wait for approval; stored, and not in force yet."""
    retention: Annotated[Retention | None, Field(default_factory=Retention)]
    """How long what is stored is kept."""
    pictures: Literal["private", "public"] = "private"
    """Whether published pictures have lasting public addresses."""


class StylesView(Model):
    """
    The styles that can be ordered, and their model. With `q`, the styles that were found, the best first,
    and a look to order.
    """

    model: ModelView
    """The model that paints the styles."""
    styles: list[StyleView]
    """The styles that can be ordered; for words, those that were found, the best first."""
    language: str | None
    """Language of the words, as it was given or detected; null where none is known."""
    suggestion: LookView | None
    """A look to order for the words; null where nothing was found, or no words are given."""


class TenantSettings(Model):
    """
    One version of a tenant's settings. `quotas` and `is_suspended` are the operator's alone to change;
    which quotas there are is for whoever enforces them to say.

    Version 0 is stored nowhere: it stands for what the parameters of the template say.
    """

    name: str
    """Name of the shop; 1 to 100 characters."""
    looks: list[LookView]
    """The pictures to make: one look for each, 8 at most."""
    rules: Annotated[list[RuleView], Field(validate_default=True)] = []
    """Looks for uploads without an order, by path, tag or category; the first match decides."""
    review: bool = False
    """Whether pictures wait for approval; stored, and not in force yet."""
    retention: Annotated[RetentionView | None, Field(default_factory=RetentionView)]
    """How long what is stored is kept."""
    pictures: str = "private"
    """Whether published pictures have lasting public addresses."""
    tenant: str
    """Id of the tenant."""
    is_suspended: bool = False
    """Whether the operator has suspended the tenant."""
    quotas: dict[str, int] = {}
    """Caps that differ from the stack's, by name: numbers, 0 or more."""
    version: int
    """Number of the version, counted from 0; it grows by 1."""
    changed_at: AwareDatetime
    """When this version was made (UTC)."""
    changed_by: str
    """Key or person that made this version."""


class UploadRequest(Model):
    """The file to be uploaded and the looks to make of it; without `looks`, the tenant's default looks."""

    model_config = ConfigDict(
        extra="forbid",
    )
    filename: str
    """Name of the file as the seller has it, without folders; 1 to 255 characters."""
    content_type: str
    """Media type of the file."""
    looks: Annotated[list[Look], Field(validate_default=True)] = []
    """The pictures to make: one look for each, 8 at most."""
    external_id: str | None = None
    """The shop's own id of the product (SKU), 1 to 128 characters; not unique."""
    metadata: dict[str, str] | None = None
    """The shop's own data, returned unchanged: at most 16 keys of at most 40 characters, with values of at most 128 characters."""
    tags: list[str] = []
    """Labels to filter by; at most 16 of at most 64 characters."""


class VisitorEventRequest(Model):
    """What a visitor did with a recommended picture."""

    model_config = ConfigDict(
        extra="forbid",
    )
    type: Literal["impression", "click", "basket", "purchase"]
    """What the visitor did."""
    recommendation: str
    """`recommendation` of the answer, unchanged."""
    visitor: str
    """The visitor, as SHA-256 of what the shop calls it: 64 hexadecimal digits."""
    consent: bool
    """Whether the visitor agreed that its history is stored and used."""


class VisitorEventsRequest(Model):
    """Events of visitors, in any order."""

    model_config = ConfigDict(
        extra="forbid",
    )
    events: list[VisitorEventRequest]
    """What visitors did; 1 to 100 events."""


class BatchItem(Model):
    """One photo: a file to be uploaded (`filename` and `content_type`), or one to be fetched (`url`)."""

    model_config = ConfigDict(
        extra="forbid",
    )
    external_id: str
    """The caller's own id of the product or photo, such as its SKU; 1 to 128 characters."""
    filename: str | None = None
    """Name of the file as the seller has it, without folders; 1 to 255 characters."""
    content_type: str | None = None
    """Media type of the file."""
    url: str | None = None
    """Address, absolute."""
    looks: Annotated[list[Look], Field(validate_default=True)] = []
    """The pictures to make: one look for each, 8 at most."""
    metadata: dict[str, str] | None = None
    """The shop's own data, returned unchanged: at most 16 keys of at most 40 characters, with values of at most 128 characters."""
    tags: list[str] = []
    """Labels to filter by; at most 16 of at most 64 characters."""


class BatchRequest(Model):
    """Photos to order in one call."""

    model_config = ConfigDict(
        extra="forbid",
    )
    items: list[BatchItem]
    """One entry for each photo, in the order of the request."""


class CampaignRequest(Model):
    """
    Looks for a collection, and where and when to publish them. Of several campaigns that are shown in one
    placement, the one with the highest priority is.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str
    """Name of the campaign; 1 to 100 characters."""
    collection_id: str
    """Id of the collection: 32 hexadecimal digits, opaque."""
    looks: list[Look]
    """The pictures to make: one look for each, 8 at most."""
    placement: str
    """Where pictures are shown: a name of the shop's own, `[a-z0-9-]`, 1 to 40."""
    priority: int = 0
    """Where windows overlap, the campaign with the highest number is shown; 0 to 1,000."""
    window: Annotated[WindowRequest | None, Field(default_factory=WindowRequest)]
    """When the campaign is shown."""


class CampaignView(Model):
    """A campaign; `actions` are those that its status allows now."""

    campaign_id: str
    """Id of the campaign: 32 hexadecimal digits, opaque."""
    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    name: str
    """Name of the campaign; 1 to 100 characters."""
    collection_id: str
    """Id of the collection: 32 hexadecimal digits, opaque."""
    looks: list[LookView]
    """The pictures to make: one look for each, 8 at most."""
    placement: str
    """Where pictures are shown: a name of the shop's own, `[a-z0-9-]`, 1 to 40."""
    priority: int
    """Where windows overlap, the campaign with the highest number is shown; 0 to 1,000."""
    window: WindowView
    """When the campaign is shown."""
    status: str
    """`DRAFT`, `RUNNING`, `FINISHED`, `PUBLISHED` and others (docs/api.md)."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""
    updated_at: AwareDatetime
    """When what a caller sees of the photo changed last (UTC)."""
    published_at: AwareDatetime | None
    """When it was published last (UTC); null while it is not."""
    progress: ProgressView | None
    """How far its last run is; null before the first."""
    actions: list[str]
    """What its status allows now."""


class CampaignsView(Model):
    """The tenant's campaigns, newest first."""

    campaigns: list[CampaignView]
    """The campaigns, newest first."""


class Choice(Model):
    """The look that `auto` chose, and the reasons."""

    look: LookView
    """How the picture was ordered."""
    reasons: list[str]
    """Why, one sentence each."""


class ExplainedView(Model):
    """Why one picture looks as it does."""

    name: str
    """Name of the picture among those of its photo: styles, strength, options."""
    look: LookView
    """How the picture was ordered."""
    chosen: Choice | None
    """The look that `auto` chose; null for other looks."""
    verdict: VerdictView | None
    """Outcome of the gates; null for a picture made by a release without gates."""
    regions: RegionsFound | None
    """What was found in the photo; null where nothing was looked for."""
    steps: list[Step]
    """Corrections of the photo that were made, in order."""
    explanation: Explanation | None
    """What the change of the picture consists of; null where there is none."""
    exhibits: dict[str, RenditionView]
    """Small pictures that illustrate the explanation, by name."""


class ExplanationView(Model):
    """Why each picture of a photo looks as it does."""

    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    status: str
    """Where the photo is on its way; `READY` and `FAILED` are final."""
    pictures: list[ExplainedView]
    """One entry for each picture."""


class ImportRequest(Model):
    """Where the photo is and the looks to make of it. Without `filename`, it is the last part of the URL."""

    model_config = ConfigDict(
        extra="forbid",
    )
    url: str
    """A public address that begins with https://, at port 443 or 8443; up to 3 redirects are followed."""
    filename: str | None = None
    """Name of the file as the seller has it, without folders; 1 to 255 characters."""
    looks: Annotated[list[Look], Field(validate_default=True)] = []
    """The pictures to make: one look for each, 8 at most."""
    external_id: str | None = None
    """The shop's own id of the product (SKU), 1 to 128 characters; not unique."""
    metadata: dict[str, str] | None = None
    """The shop's own data, returned unchanged: at most 16 keys of at most 40 characters, with values of at most 128 characters."""
    tags: list[str] = []
    """Labels to filter by; at most 16 of at most 64 characters."""


class OrderedStyleView(Model):
    """A style that was ordered, and the forms to upload its pictures with."""

    style: OwnStyleView
    """The style as it was ordered."""
    uploads: list[FormView]
    """A form for each picture, in the order of the request."""


class PackView(Model):
    """A pack, and some of its photos in the order in which they were given."""

    pack_id: str
    """Id of the pack: 32 hexadecimal digits."""
    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    status: str
    """`RUNNING`, then `FINISHED`."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""
    finished_at: AwareDatetime | None
    """When the work was finished (UTC); null before."""
    expires_at: AwareDatetime
    """When the pack and its files are deleted (UTC)."""
    marketplaces: list[str]
    """Ids of the marketplaces that it is for."""
    look_name: str | None
    """Name of the look whose pictures are packed; null for the photos."""
    expected: int
    """Number of photos of the pack; 1 to 500."""
    under_way: int
    """Number of photos that have not ended; 0 or more."""
    outcomes: PackCounts
    """Number of photos that have ended, by outcome."""
    photos: list[PackedPhotoView]
    """Photos of this page, in the order in which they were given."""
    next_cursor: str | None
    """`cursor` of the next page; null on the last."""


class SettingsHistoryView(Model):
    """Versions, newest first. `next_before` continues the list; null on its last page."""

    versions: list[TenantSettings]
    """The versions, newest first."""
    next_before: int | None
    """`before` of the next page: a version number, 1 or more; null on the last."""


class StyledView(Model):
    """`renditions` begin with the full size. What the stylizer does not report is null or empty."""

    srcset: dict[str, str]
    """By format (`avif`, `webp`, `jpeg`): the value of the attribute `srcset`. Links end in it when those of the files do."""
    sizes: str | None
    """A value of the attribute `sizes` for a picture that fills its column, up to its width."""
    dominant_colour: str | None
    """The most frequent colour, `#rrggbb`."""
    placeholder: str | None
    """ThumbHash, base64: a blurred picture in about 25 bytes."""
    name: str
    """Name of the picture among those of its photo: styles, strength, options."""
    alt: dict[str, str]
    """Texts for the attribute `alt`, by language: what is shown, in which style, and its main colour."""
    look: LookView
    """How the picture was ordered."""
    renditions: list[RenditionView]
    """The picture's files; the full size first."""
    metrics: dict[str, float]
    """Measures of the picture by name, in units of their own."""
    verdict: VerdictView | None
    """Outcome of the gates; null for a picture made by a release without gates."""
    regions: RegionsFound | None
    """What was found in the photo; null where nothing was looked for."""
    steps: list[Step]
    """Corrections of the photo that were made, in order."""
    chosen: Choice | None
    """The look that `auto` chose; null for other looks."""
    review: str | None
    """What a person has decided about it; null where nobody is asked."""


class PhotoView(Model):
    """
    `is_earlier_file`: `original` and `results` are of the file before, since the newest one has none. A
    file that cannot be read takes no picture away. `srcset`, `sizes`, `dominant_colour`, `placeholder` and
    `alt` are of the `original`.

    `revision` counts the orders after the first for the same file. While a further order runs, `results` has
    the pictures of those before it; `looks` names all that are to be made.
    """

    srcset: dict[str, str]
    """By format (`avif`, `webp`, `jpeg`): the value of the attribute `srcset`. Links end in it when those of the files do."""
    sizes: str | None
    """A value of the attribute `sizes` for a picture that fills its column, up to its width."""
    dominant_colour: str | None
    """The most frequent colour, `#rrggbb`."""
    placeholder: str | None
    """ThumbHash, base64: a blurred picture in about 25 bytes."""
    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    livemode: bool
    """False in test mode, where results are made up and nothing costs anything."""
    filename: str
    """Name of the file as the seller has it, without folders; 1 to 255 characters."""
    status: str
    """Where the photo is on its way; `READY` and `FAILED` are final."""
    revision: int
    """Number of the order of looks on this upload; counted from 0."""
    created_at: AwareDatetime
    """When it was ordered or made (UTC)."""
    external_id: str | None
    """The shop's own id of the product (SKU), 1 to 128 characters; not unique."""
    metadata: dict[str, str]
    """The shop's own data, returned unchanged: at most 16 keys of at most 40 characters, with values of at most 128 characters."""
    tags: list[str]
    """Labels to filter by; at most 16 of at most 64 characters."""
    batch_id: str | None
    """Id of the batch that the photo was ordered in: 32 hexadecimal digits."""
    import_url: str | None
    """Address that the file was fetched from; null where it was uploaded."""
    updated_at: AwareDatetime
    """When what a caller sees of the photo changed last (UTC)."""
    submitted_at: AwareDatetime | None
    """When the job was given to the stylizer (UTC); null before."""
    finished_at: AwareDatetime | None
    """When the work was finished (UTC); null before."""
    looks: list[LookView]
    """The pictures to make: one look for each, 8 at most."""
    failure: FailureView | None
    """Why the photo is `FAILED`; null otherwise."""
    original: list[RenditionView]
    """The photo itself without a style, in every width and format; the widest first."""
    alt: dict[str, str]
    """Texts for the attribute `alt`, by language: what is shown, in which style, and its main colour."""
    results: list[StyledView]
    """The pictures, one for each look; empty before they are finished."""
    model: str | None
    """Model that painted the pictures, as name@version; null before."""
    timings: dict[str, float]
    """Seconds that each step of the work took, by the step's name; 0 or more."""
    is_earlier_file: bool = False
    """Whether pictures are of the file before, since the newest file has none."""


class PhotosView(Model):
    """Cards, or with `expand` whole photos, whose other parts are empty."""

    photos: list[PhotoView | PhotoCard]
    """The photos of this page, newest first."""
    next_cursor: str | None
    """`cursor` of the next page; null on the last."""


class PreviewedPhotoView(Model):
    """A photo with those of the campaign's pictures that there are, in the order of its looks."""

    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    external_id: str | None
    """The shop's own id of the product (SKU), 1 to 128 characters; not unique."""
    filename: str
    """Name of the file as the seller has it, without folders; 1 to 255 characters."""
    status: str
    """Where the photo is on its way; `READY` and `FAILED` are final."""
    failure_code: str | None
    """Code of `failure`; null otherwise."""
    original: list[RenditionView]
    """The photo without a style, to compare."""
    pictures: list[StyledView]
    """Those of the campaign's pictures that there are."""


class PublishedPhotoView(Model):
    """What is published for one photo: the pictures of a campaign, in the order of its looks; or nothing."""

    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    external_id: str | None
    """The shop's own id of the product (SKU), 1 to 128 characters; not unique."""
    campaign_id: str | None
    """Campaign whose pictures they are; null where nothing is published."""
    pictures: list[StyledView]
    """The pictures to show, in the order of the campaign's looks."""


class PublishedView(Model):
    """What is published in a placement now, for those of the photos that there are."""

    placement: str
    """Where pictures are shown: a name of the shop's own, `[a-z0-9-]`, 1 to 40."""
    photos: list[PublishedPhotoView]
    """What is published for each of the photos that there are."""


class ReviewView(Model):
    """
    A picture that a person decides about. `unsure_gates` are the reason why; `original` is the photo, to
    compare; `redone_as` names the look that was ordered in its place.
    """

    review_id: str
    """Id of the picture in review; one that is made anew has another."""
    photo_id: str
    """Id of the photo: 32 hexadecimal digits, opaque."""
    external_id: str | None
    """The shop's own id of the product (SKU), 1 to 128 characters; not unique."""
    filename: str
    """Name of the file as the seller has it, without folders; 1 to 255 characters."""
    tags: list[str]
    """Labels to filter by; at most 16 of at most 64 characters."""
    state: str
    """`waiting`, `approved`, `rejected` or `redone`."""
    since: AwareDatetime
    """When the picture began to wait (UTC)."""
    decided_at: AwareDatetime | None
    """When it was decided about last (UTC); null before."""
    reason: str | None
    """Why it was rejected; null otherwise."""
    redone_as: str | None
    """Name of the look that was ordered in its place, or null."""
    unsure_gates: list[str]
    """Gates that refused the look or passed it narrowly."""
    picture: StyledView
    """The picture to decide about."""
    original: list[RenditionView]
    """The photo without a style, to compare."""


class ReviewsView(Model):
    """Pictures in review, those first that have waited longest."""

    reviews: list[ReviewView]
    """The pictures of this page, those first that have waited longest."""
    next_cursor: str | None
    """`cursor` of the next page; null on the last."""


class CampaignPreviewView(Model):
    """The campaign's look on the first photos of its collection, twelve at most."""

    campaign_id: str
    """Id of the campaign: 32 hexadecimal digits, opaque."""
    under_way: int
    """Number of photos whose pictures are being made; 0 to 12."""
    photos: list[PreviewedPhotoView]
    """The first photos of the collection; 12 at most."""
