"""Made from docs/openapi.json by `python -m tools.python_client`; do not edit."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote

from limner_client._calls import Call, json_of
from limner_client.models import (
    ArchiveView,
    BatchProgressView,
    BatchRequest,
    BatchView,
    CampaignPreviewView,
    CampaignRequest,
    CampaignsView,
    CampaignView,
    CollectionRequest,
    CollectionsView,
    CollectionView,
    CountedCollectionView,
    DecisionsView,
    DeliveriesView,
    DeliveryView,
    ErasureView,
    EstimateView,
    ExplanationView,
    ExternalIdsRequest,
    FormRequest,
    ImportRequest,
    LooksRequest,
    MarketplacesView,
    MembersView,
    MemberView,
    OrderedStyleView,
    OwnStylesView,
    OwnStyleView,
    PackRequest,
    PackView,
    PhotoCard,
    PhotosView,
    PhotoView,
    ProvenanceView,
    PublishedView,
    RecommendationReportView,
    RecommendationView,
    RedoRequest,
    RejectionRequest,
    RestoreRequest,
    ReviewReportView,
    ReviewsView,
    ReviewView,
    RotationRequest,
    SettingsHistoryView,
    SettingsRequest,
    SignInView,
    StyleRequest,
    StylesView,
    TenantSettings,
    UploadRequest,
    UploadView,
    UsageView,
    VersionsView,
    VisitorEventsRequest,
    VisitorEventsView,
    WebhookChange,
    WebhookRequest,
    WebhookSecretView,
    WebhooksView,
    WebhookView,
)

Answer = TypeVar("Answer")
QUERY_PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "list_styles": ("q", "lang"),
    "order_style": (),
    "search_styles": ("q", "lang"),
    "list_own_styles": (),
    "get_own_style": (),
    "delete_own_style": (),
    "order_photo": (),
    "list_photos": (
        "limit",
        "cursor",
        "status",
        "external_id",
        "updated_since",
        "tag",
        "ids",
        "sort",
        "expand",
        "lang",
    ),
    "import_photo": (),
    "request_upload": (),
    "request_form": (),
    "order_batch": (),
    "get_batch": (),
    "get_photo": ("wait", "lang"),
    "delete_photo": (),
    "get_explanation": (),
    "order_looks": (),
    "retry_order": (),
    "cancel_order": (),
    "restore_version": (),
    "list_versions": (),
    "list_collections": (),
    "create_collection": (),
    "get_collection": (),
    "delete_collection": (),
    "add_external_ids": (),
    "list_campaigns": (),
    "create_campaign": (),
    "get_campaign": (),
    "list_campaign_photos": ("limit", "cursor"),
    "get_campaign_preview": (),
    "order_campaign_preview": (),
    "estimate_campaign": (),
    "run_campaign": (),
    "pause_campaign": (),
    "resume_campaign": (),
    "cancel_campaign": (),
    "publish_campaign": (),
    "unpublish_campaign": (),
    "unpublish_campaign_photo": (),
    "publish_campaign_photo": (),
    "list_published": ("placement", "ids", "lang"),
    "list_marketplaces": (),
    "get_pack": ("limit", "cursor", "lang"),
    "get_pack_archive": (),
    "order_pack": (),
    "get_settings": (),
    "put_settings": (),
    "get_settings_history": ("limit", "before"),
    "get_usage": ("since", "until"),
    "look_up_provenance": (),
    "add_webhook": (),
    "list_webhooks": (),
    "get_webhook": (),
    "change_webhook": (),
    "remove_webhook": (),
    "rotate_secret": (),
    "send_test_event": (),
    "list_deliveries": ("limit", "cursor"),
    "redeliver": (),
    "recommend_look": ("photo", "visitor", "consent"),
    "get_recommendation_report": ("since", "until"),
    "count_visitor_events": (),
    "erase_visitor": (),
    "list_reviews": ("limit", "cursor", "state", "style", "gate", "tag", "reason", "lang"),
    "list_decisions": ("day", "limit", "cursor"),
    "get_review_report": ("since", "until"),
    "get_review": ("lang",),
    "approve_picture": (),
    "reject_picture": (),
    "redo_picture": (),
    "get_sign_in": (),
}
"""Of each operation."""
ListedPhoto = PhotoView | PhotoCard


class Operations(ABC):
    """A method for each operation of the API. Each raises ApiError and NotConnected."""

    @abstractmethod
    def send(self, call: Call, answer: type[Answer]) -> Answer:
        """Send a call and read its answer."""

    @abstractmethod
    def send_for_optional(self, call: Call, answer: type[Answer]) -> Answer | None:
        """Send a call whose answer may be null or empty."""

    def list_styles(self, *, q: str | None = None, lang: str | None = None) -> StylesView:
        """The styles that can be ordered, and the model that paints them; with `q`, the styles that these words describe, the best first, and a look to order. Equal for everybody: own styles are found by `GET /v1/styles/search`."""
        return self.send(Call("GET", "/v1/styles", query={"q": q, "lang": lang}), StylesView)

    def order_style(
        self, body: StyleRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> OrderedStyleView:
        """Order a style of one's own and receive a form for each of its pictures; the last upload starts the learning."""
        return self.send(
            Call("POST", "/v1/styles", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            OrderedStyleView,
        )

    def search_styles(self, *, q: str | None = None, lang: str | None = None) -> StylesView:
        """The styles that these words describe, the best first, and a look to order. Own styles are found by their names. Without `q`, all styles that the caller's looks can use, the own ones first."""
        return self.send(Call("GET", "/v1/styles/search", query={"q": q, "lang": lang}), StylesView)

    def list_own_styles(self) -> OwnStylesView:
        """All own styles, oldest first."""
        return self.send(Call("GET", "/v1/styles/own"), OwnStylesView)

    def get_own_style(self, style_id: str) -> OwnStyleView:
        """One own style: its status, its preview, or why there is none."""
        return self.send(Call("GET", f"/v1/styles/own/{quote(style_id, safe='')}"), OwnStyleView)

    def delete_own_style(self, style_id: str) -> Any | None:
        """Delete an own style and its files. Pictures that were painted in it stay."""
        return self.send_for_optional(Call("DELETE", f"/v1/styles/own/{quote(style_id, safe='')}"), Any)

    def order_photo(
        self, body: UploadRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> UploadView:
        """Order pictures and receive a form to upload the photo with; the upload starts the styling."""
        return self.send(
            Call("POST", "/v1/photos", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            UploadView,
        )

    def list_photos(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: str | None = None,
        external_id: str | None = None,
        updated_since: str | None = None,
        tag: str | None = None,
        ids: str | None = None,
        sort: str | None = None,
        expand: str | None = None,
        lang: str | None = None,
    ) -> PhotosView:
        """Photos, newest first, as cards. A page may have fewer photos than `limit`, also none; the list goes on while there is a `next_cursor`, whose address is also in the header `Link`."""
        return self.send(
            Call(
                "GET",
                "/v1/photos",
                query={
                    "limit": limit,
                    "cursor": cursor,
                    "status": status,
                    "external_id": external_id,
                    "updated_since": updated_since,
                    "tag": tag,
                    "ids": ids,
                    "sort": sort,
                    "expand": expand,
                    "lang": lang,
                },
            ),
            PhotosView,
        )

    def import_photo(
        self, body: ImportRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> PhotoView:
        """Order pictures of a photo that is fetched from a URL. The photo is `AWAITING_UPLOAD` until it has been fetched, and `FAILED` with a code that begins with `import_` if it cannot be."""
        return self.send(
            Call(
                "POST", "/v1/photos/import", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)
            ),
            PhotoView,
        )

    def request_upload(
        self, body: UploadRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> UploadView:
        """The former address of `POST /v1/photos`."""
        return self.send(
            Call("POST", "/v1/uploads", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            UploadView,
        )

    def request_form(
        self, photo_id: str, body: FormRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> UploadView:
        """Receive another form for a photo whose form has expired, or whose file is to be replaced; it counts as an order."""
        return self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/upload",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            UploadView,
        )

    def order_batch(
        self, body: BatchRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> BatchView:
        """Order pictures of up to 500 photos. Each item is accepted or refused for itself; a call with an item that is not described correctly is refused as a whole."""
        return self.send(
            Call("POST", "/v1/batches", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            BatchView,
        )

    def get_batch(self, batch_id: str) -> BatchProgressView:
        """How many photos of the batch have which status."""
        return self.send(Call("GET", f"/v1/batches/{quote(batch_id, safe='')}"), BatchProgressView)

    def get_photo(self, photo_id: str, *, wait: int | None = None, lang: str | None = None) -> PhotoView:
        """One photo: its status, and links to its pictures that expire. While it is neither READY nor FAILED, `Retry-After` says when to ask again; with `wait` the answer comes when it is one of them, or after so many seconds."""
        return self.send(
            Call("GET", f"/v1/photos/{quote(photo_id, safe='')}", query={"wait": wait, "lang": lang}),
            PhotoView,
        )

    def delete_photo(self, photo_id: str) -> ErasureView:
        """Erase the photo with every version of its objects. It is no longer read or listed from now on; the same request, made again, tells how far the erasure is."""
        return self.send(Call("DELETE", f"/v1/photos/{quote(photo_id, safe='')}"), ErasureView)

    def get_explanation(self, photo_id: str) -> ExplanationView:
        """Why each picture looks as it does: verdict, shares, and links to its exhibits that expire."""
        return self.send(Call("GET", f"/v1/photos/{quote(photo_id, safe='')}/explanation"), ExplanationView)

    def order_looks(
        self, photo_id: str, body: LooksRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> PhotoView:
        """Order more pictures of a photo without uploading it again. It is PROCESSING until they are made, and the pictures that it has can be read all the while."""
        return self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/looks",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            PhotoView,
        )

    def retry_order(self, photo_id: str, *, idempotency_key: str | None = None) -> PhotoView:
        """Try again what failed on our side, or has not ended for too long."""
        return self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/retry",
                headers={"Idempotency-Key": idempotency_key},
            ),
            PhotoView,
        )

    def cancel_order(self, photo_id: str, *, idempotency_key: str | None = None) -> PhotoView:
        """End an order: no further pictures are made. The photo is READY with the pictures of earlier orders, or FAILED (`cancelled`) if there are none."""
        return self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/cancel",
                headers={"Idempotency-Key": idempotency_key},
            ),
            PhotoView,
        )

    def restore_version(
        self, photo_id: str, body: RestoreRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> PhotoView:
        """Make the pictures of an earlier version the photo's pictures again, at once: the same files, as a new version."""
        return self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/restore",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            PhotoView,
        )

    def list_versions(self, photo_id: str) -> VersionsView:
        """The finished sets of pictures that the photo has had, newest first."""
        return self.send(Call("GET", f"/v1/photos/{quote(photo_id, safe='')}/versions"), VersionsView)

    def list_collections(self) -> CollectionsView:
        """All collections, oldest first."""
        return self.send(Call("GET", "/v1/collections"), CollectionsView)

    def create_collection(
        self, body: CollectionRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> CollectionView:
        """Make a collection: of a filter, whose photos are looked up when they are needed, or of a list of the shop's own ids, 5,000 in a call and 100,000 at most."""
        return self.send(
            Call("POST", "/v1/collections", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            CollectionView,
        )

    def get_collection(self, collection_id: str) -> CountedCollectionView:
        """One collection, and how many photos it has now. Of a list with many ids the number is an estimate."""
        return self.send(
            Call("GET", f"/v1/collections/{quote(collection_id, safe='')}"), CountedCollectionView
        )

    def delete_collection(self, collection_id: str) -> Any | None:
        """Delete a collection; its photos stay, and campaigns that have it go on."""
        return self.send_for_optional(Call("DELETE", f"/v1/collections/{quote(collection_id, safe='')}"), Any)

    def add_external_ids(
        self,
        collection_id: str,
        body: ExternalIdsRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> CollectionView:
        """Add ids to a list. Those that it has are left out."""
        return self.send(
            Call(
                "POST",
                f"/v1/collections/{quote(collection_id, safe='')}/external-ids",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            CollectionView,
        )

    def list_campaigns(self) -> CampaignsView:
        """All campaigns, newest first."""
        return self.send(Call("GET", "/v1/campaigns"), CampaignsView)

    def create_campaign(
        self, body: CampaignRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> CampaignView:
        """Make a campaign. Nothing is ordered before it is run, and nothing published before it is published."""
        return self.send(
            Call("POST", "/v1/campaigns", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            CampaignView,
        )

    def get_campaign(self, campaign_id: str) -> CampaignView:
        """One campaign, and how far its run is."""
        return self.send(Call("GET", f"/v1/campaigns/{quote(campaign_id, safe='')}"), CampaignView)

    def list_campaign_photos(
        self, campaign_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> MembersView:
        """What has come of each photo whose part in a run has ended, by the photos' ids."""
        return self.send(
            Call(
                "GET",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/photos",
                query={"limit": limit, "cursor": cursor},
            ),
            MembersView,
        )

    def get_campaign_preview(self, campaign_id: str) -> CampaignPreviewView:
        """The campaign's pictures of the first photos of its collection, as far as they are made."""
        return self.send(
            Call("GET", f"/v1/campaigns/{quote(campaign_id, safe='')}/preview"), CampaignPreviewView
        )

    def order_campaign_preview(
        self, campaign_id: str, *, idempotency_key: str | None = None
    ) -> CampaignPreviewView:
        """Order the looks for the first photos of the collection, twelve at most, and see what is there. The run does not make these pictures again."""
        return self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/preview",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignPreviewView,
        )

    def estimate_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> EstimateView:
        """What a run would take: photos, pictures, seconds, money, and of which caps more than is left."""
        return self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/estimate",
                headers={"Idempotency-Key": idempotency_key},
            ),
            EstimateView,
        )

    def run_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """Order the looks for each photo of the collection. Pictures that a photo has are not made again. A campaign that is FINISHED can be run again, for photos that failed or were uploaded since."""
        return self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/run",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    def pause_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """Order nothing more until it is resumed. Photos that were ordered are finished."""
        return self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/pause",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    def resume_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """Go on with a run that was paused."""
        return self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/resume",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    def cancel_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """End the campaign for good. Photos that were ordered are finished, and their pictures stay."""
        return self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/cancel",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    def publish_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """Publish the pictures from the window's start on, or at once where it has begun, until its end."""
        return self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/publish",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    def unpublish_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """Take back the publication, at once: what was published before is so again."""
        return self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/unpublish",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    def unpublish_campaign_photo(
        self, campaign_id: str, photo_id: str, *, idempotency_key: str | None = None
    ) -> MemberView:
        """Leave one photo out of what the campaign publishes, at once and until its next run."""
        return self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/photos/{quote(photo_id, safe='')}/unpublish",
                headers={"Idempotency-Key": idempotency_key},
            ),
            MemberView,
        )

    def publish_campaign_photo(
        self, campaign_id: str, photo_id: str, *, idempotency_key: str | None = None
    ) -> MemberView:
        """Take a photo that was left out in again."""
        return self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/photos/{quote(photo_id, safe='')}/publish",
                headers={"Idempotency-Key": idempotency_key},
            ),
            MemberView,
        )

    def list_published(self, *, placement: str, ids: str, lang: str | None = None) -> PublishedView:
        """Which pictures to show for these photos in a placement now: those of the campaign with the highest priority whose window is open. Photos that no campaign is shown for have none."""
        return self.send(
            Call("GET", "/v1/published", query={"placement": placement, "ids": ids, "lang": lang}),
            PublishedView,
        )

    def list_marketplaces(self) -> MarketplacesView:
        """The marketplaces that packs can be made for: each rule with the page that states it and the day on which it was read, and the canvas that meets them."""
        return self.send(Call("GET", "/v1/marketplaces"), MarketplacesView)

    def get_pack(
        self, pack_id: str, *, limit: int | None = None, cursor: str | None = None, lang: str | None = None
    ) -> PackView:
        """How far a pack is, and for some of its photos the verdicts by rule, and links to the pictures that expire. With a `limit` of 0 it has no photos."""
        return self.send(
            Call(
                "GET",
                f"/v1/packs/{quote(pack_id, safe='')}",
                query={"limit": limit, "cursor": cursor, "lang": lang},
            ),
            PackView,
        )

    def get_pack_archive(self, pack_id: str, marketplace: str) -> ArchiveView:
        """A ZIP archive of the pack's pictures for one marketplace, named by the shop's own ids. The first call has it assembled; ask again after `Retry-After` until `is_ready`."""
        return self.send(
            Call("GET", f"/v1/packs/{quote(pack_id, safe='')}/archives/{quote(marketplace, safe='')}"),
            ArchiveView,
        )

    def order_pack(
        self, body: PackRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> PackView:
        """Put up to 500 photos on the canvases of marketplaces, and check them by their rules. Each photo counts as an order, and each of its marketplaces as a look."""
        return self.send(
            Call("POST", "/v1/packs", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            PackView,
        )

    def get_settings(self) -> TenantSettings:
        """The settings of the caller's tenant. `ETag` is their version."""
        return self.send(Call("GET", "/v1/settings"), TenantSettings)

    def put_settings(
        self, body: SettingsRequest | Mapping[str, Any], *, if_match: str | None = None
    ) -> TenantSettings:
        """Replace the preferences, if their version is still that of `If-Match`. Quotas and suspension are the operator's."""
        return self.send(
            Call("PUT", "/v1/settings", headers={"if-match": if_match}, body=json_of(body)), TenantSettings
        )

    def get_settings_history(
        self, *, limit: int | None = None, before: int | None = None
    ) -> SettingsHistoryView:
        """Versions of the settings, newest first: what they were, since when, and by whom."""
        return self.send(
            Call("GET", "/v1/settings/history", query={"limit": limit, "before": before}), SettingsHistoryView
        )

    def get_usage(self, *, since: str | None = None, until: str | None = None) -> UsageView:
        """What the tenant has used, by day, API key and style, with its estimated cost; days are kept for 40."""
        return self.send(Call("GET", "/v1/usage", query={"since": since, "until": until}), UsageView)

    def look_up_provenance(self, content: bytes, *, idempotency_key: str | None = None) -> ProvenanceView:
        """Whether a picture (JPEG, PNG, WebP or AVIF, up to 4.5 MB, as the request's body) is one of yours, also where its metadata was removed: which photo, version and look it is, and what was done."""
        return self.send(
            Call("POST", "/v1/provenance", headers={"Idempotency-Key": idempotency_key}, content=content),
            ProvenanceView,
        )

    def add_webhook(
        self, body: WebhookRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> WebhookSecretView:
        """Have events sent to an address. The answer has the secret that verifies them; it is not shown again."""
        return self.send(
            Call("POST", "/v1/webhooks", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            WebhookSecretView,
        )

    def list_webhooks(self) -> WebhooksView:
        """All webhooks, oldest first; there are at most ten."""
        return self.send(Call("GET", "/v1/webhooks"), WebhooksView)

    def get_webhook(self, webhook_id: str) -> WebhookView:
        """One webhook, and whether it fails or is disabled."""
        return self.send(Call("GET", f"/v1/webhooks/{quote(webhook_id, safe='')}"), WebhookView)

    def change_webhook(self, webhook_id: str, body: WebhookChange | Mapping[str, Any]) -> WebhookView:
        """Change the fields that are given."""
        return self.send(
            Call("PATCH", f"/v1/webhooks/{quote(webhook_id, safe='')}", body=json_of(body)), WebhookView
        )

    def remove_webhook(self, webhook_id: str) -> Any | None:
        """Remove a webhook; what is still to be delivered to it is dropped."""
        return self.send_for_optional(Call("DELETE", f"/v1/webhooks/{quote(webhook_id, safe='')}"), Any)

    def rotate_secret(
        self,
        webhook_id: str,
        body: RotationRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> WebhookSecretView:
        """Replace the secret. During the overlap every delivery has two signatures, one by each secret."""
        return self.send(
            Call(
                "POST",
                f"/v1/webhooks/{quote(webhook_id, safe='')}/rotate-secret",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            WebhookSecretView,
        )

    def send_test_event(self, webhook_id: str, *, idempotency_key: str | None = None) -> DeliveryView:
        """Send an event of the type `webhook.test`, whatever types the webhook asks for."""
        return self.send(
            Call(
                "POST",
                f"/v1/webhooks/{quote(webhook_id, safe='')}/test",
                headers={"Idempotency-Key": idempotency_key},
            ),
            DeliveryView,
        )

    def list_deliveries(
        self, webhook_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> DeliveriesView:
        """What was sent in the last 30 days, newest event first."""
        return self.send(
            Call(
                "GET",
                f"/v1/webhooks/{quote(webhook_id, safe='')}/deliveries",
                query={"limit": limit, "cursor": cursor},
            ),
            DeliveriesView,
        )

    def redeliver(
        self, webhook_id: str, delivery_id: str, *, idempotency_key: str | None = None
    ) -> DeliveryView:
        """Send an event once more, with all its tries. It keeps its `webhook-id`."""
        return self.send(
            Call(
                "POST",
                f"/v1/webhooks/{quote(webhook_id, safe='')}/deliveries/{quote(delivery_id, safe='')}/redeliver",
                headers={"Idempotency-Key": idempotency_key},
            ),
            DeliveryView,
        )

    def recommend_look(self, *, photo: str, visitor: str, consent: bool | None = None) -> RecommendationView:
        """The look of this photo to show to this visitor. Report with `POST /v1/events` that it was shown, and what the visitor did."""
        return self.send(
            Call(
                "GET", "/v1/recommendations", query={"photo": photo, "visitor": visitor, "consent": consent}
            ),
            RecommendationView,
        )

    def get_recommendation_report(
        self, *, since: str | None = None, until: str | None = None
    ) -> RecommendationReportView:
        """What recommendations have brought, compared with the first look of each photo, which a share of the visitors is always shown; with intervals of 95 %."""
        return self.send(
            Call("GET", "/v1/recommendations/report", query={"since": since, "until": until}),
            RecommendationReportView,
        )

    def count_visitor_events(
        self, body: VisitorEventsRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> VisitorEventsView:
        """Report what visitors did with recommended pictures, up to 100 events in a call. Each is counted once, however often it is sent."""
        return self.send(
            Call("POST", "/v1/events", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            VisitorEventsView,
        )

    def erase_visitor(self, visitor: str) -> Any | None:
        """Erase the history of a visitor; without effect where there is none."""
        return self.send_for_optional(Call("DELETE", f"/v1/visitors/{quote(visitor, safe='')}"), Any)

    def list_reviews(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        state: str | None = None,
        style: str | None = None,
        gate: str | None = None,
        tag: str | None = None,
        reason: str | None = None,
        lang: str | None = None,
    ) -> ReviewsView:
        """Pictures that wait for a decision, those first that have waited longest; or, by `state`, those that were decided about, of photos of which no picture waits any more. A page may have none and still a `next_cursor`."""
        return self.send(
            Call(
                "GET",
                "/v1/reviews",
                query={
                    "limit": limit,
                    "cursor": cursor,
                    "state": state,
                    "style": style,
                    "gate": gate,
                    "tag": tag,
                    "reason": reason,
                    "lang": lang,
                },
            ),
            ReviewsView,
        )

    def list_decisions(
        self, *, day: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> DecisionsView:
        """Who decided what on a day, in the order in which it was decided."""
        return self.send(
            Call("GET", "/v1/reviews/decisions", query={"day": day, "limit": limit, "cursor": cursor}),
            DecisionsView,
        )

    def get_review_report(self, *, since: str | None = None, until: str | None = None) -> ReviewReportView:
        """How many pictures were approved, rejected and redone, and why they were rejected, by style."""
        return self.send(
            Call("GET", "/v1/reviews/report", query={"since": since, "until": until}), ReviewReportView
        )

    def get_review(self, review_id: str, *, lang: str | None = None) -> ReviewView:
        """One picture in review."""
        return self.send(
            Call("GET", f"/v1/reviews/{quote(review_id, safe='')}", query={"lang": lang}), ReviewView
        )

    def approve_picture(self, review_id: str, *, idempotency_key: str | None = None) -> ReviewView:
        """Let the picture be shown: by campaigns, in what is published, and in recommendations."""
        return self.send(
            Call(
                "POST",
                f"/v1/reviews/{quote(review_id, safe='')}/approve",
                headers={"Idempotency-Key": idempotency_key},
            ),
            ReviewView,
        )

    def reject_picture(
        self,
        review_id: str,
        body: RejectionRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> ReviewView:
        """Never show the picture. The reason is counted, and recommendations learn from it, also where the picture is approved later. The same rejection with another comment is recorded as another decision."""
        return self.send(
            Call(
                "POST",
                f"/v1/reviews/{quote(review_id, safe='')}/reject",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            ReviewView,
        )

    def redo_picture(
        self, review_id: str, body: RedoRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> ReviewView:
        """Order the look with a lower strength. The new picture takes the place of this one, in campaigns too, once the gates are sure of it or it is approved."""
        return self.send(
            Call(
                "POST",
                f"/v1/reviews/{quote(review_id, safe='')}/redo",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            ReviewView,
        )

    def get_sign_in(self) -> SignInView | None:
        """Where a person signs in, by authorization code with PKCE (RFC 7636); null without an issuer."""
        return self.send_for_optional(Call("GET", "/v1/sign-in"), SignInView)


class AsyncOperations(ABC):
    """A method for each operation of the API. Each raises ApiError and NotConnected."""

    @abstractmethod
    async def send(self, call: Call, answer: type[Answer]) -> Answer:
        """Send a call and read its answer."""

    @abstractmethod
    async def send_for_optional(self, call: Call, answer: type[Answer]) -> Answer | None:
        """Send a call whose answer may be null or empty."""

    async def list_styles(self, *, q: str | None = None, lang: str | None = None) -> StylesView:
        """The styles that can be ordered, and the model that paints them; with `q`, the styles that these words describe, the best first, and a look to order. Equal for everybody: own styles are found by `GET /v1/styles/search`."""
        return await self.send(Call("GET", "/v1/styles", query={"q": q, "lang": lang}), StylesView)

    async def order_style(
        self, body: StyleRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> OrderedStyleView:
        """Order a style of one's own and receive a form for each of its pictures; the last upload starts the learning."""
        return await self.send(
            Call("POST", "/v1/styles", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            OrderedStyleView,
        )

    async def search_styles(self, *, q: str | None = None, lang: str | None = None) -> StylesView:
        """The styles that these words describe, the best first, and a look to order. Own styles are found by their names. Without `q`, all styles that the caller's looks can use, the own ones first."""
        return await self.send(Call("GET", "/v1/styles/search", query={"q": q, "lang": lang}), StylesView)

    async def list_own_styles(self) -> OwnStylesView:
        """All own styles, oldest first."""
        return await self.send(Call("GET", "/v1/styles/own"), OwnStylesView)

    async def get_own_style(self, style_id: str) -> OwnStyleView:
        """One own style: its status, its preview, or why there is none."""
        return await self.send(Call("GET", f"/v1/styles/own/{quote(style_id, safe='')}"), OwnStyleView)

    async def delete_own_style(self, style_id: str) -> Any | None:
        """Delete an own style and its files. Pictures that were painted in it stay."""
        return await self.send_for_optional(Call("DELETE", f"/v1/styles/own/{quote(style_id, safe='')}"), Any)

    async def order_photo(
        self, body: UploadRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> UploadView:
        """Order pictures and receive a form to upload the photo with; the upload starts the styling."""
        return await self.send(
            Call("POST", "/v1/photos", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            UploadView,
        )

    async def list_photos(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: str | None = None,
        external_id: str | None = None,
        updated_since: str | None = None,
        tag: str | None = None,
        ids: str | None = None,
        sort: str | None = None,
        expand: str | None = None,
        lang: str | None = None,
    ) -> PhotosView:
        """Photos, newest first, as cards. A page may have fewer photos than `limit`, also none; the list goes on while there is a `next_cursor`, whose address is also in the header `Link`."""
        return await self.send(
            Call(
                "GET",
                "/v1/photos",
                query={
                    "limit": limit,
                    "cursor": cursor,
                    "status": status,
                    "external_id": external_id,
                    "updated_since": updated_since,
                    "tag": tag,
                    "ids": ids,
                    "sort": sort,
                    "expand": expand,
                    "lang": lang,
                },
            ),
            PhotosView,
        )

    async def import_photo(
        self, body: ImportRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> PhotoView:
        """Order pictures of a photo that is fetched from a URL. The photo is `AWAITING_UPLOAD` until it has been fetched, and `FAILED` with a code that begins with `import_` if it cannot be."""
        return await self.send(
            Call(
                "POST", "/v1/photos/import", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)
            ),
            PhotoView,
        )

    async def request_upload(
        self, body: UploadRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> UploadView:
        """The former address of `POST /v1/photos`."""
        return await self.send(
            Call("POST", "/v1/uploads", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            UploadView,
        )

    async def request_form(
        self, photo_id: str, body: FormRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> UploadView:
        """Receive another form for a photo whose form has expired, or whose file is to be replaced; it counts as an order."""
        return await self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/upload",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            UploadView,
        )

    async def order_batch(
        self, body: BatchRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> BatchView:
        """Order pictures of up to 500 photos. Each item is accepted or refused for itself; a call with an item that is not described correctly is refused as a whole."""
        return await self.send(
            Call("POST", "/v1/batches", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            BatchView,
        )

    async def get_batch(self, batch_id: str) -> BatchProgressView:
        """How many photos of the batch have which status."""
        return await self.send(Call("GET", f"/v1/batches/{quote(batch_id, safe='')}"), BatchProgressView)

    async def get_photo(
        self, photo_id: str, *, wait: int | None = None, lang: str | None = None
    ) -> PhotoView:
        """One photo: its status, and links to its pictures that expire. While it is neither READY nor FAILED, `Retry-After` says when to ask again; with `wait` the answer comes when it is one of them, or after so many seconds."""
        return await self.send(
            Call("GET", f"/v1/photos/{quote(photo_id, safe='')}", query={"wait": wait, "lang": lang}),
            PhotoView,
        )

    async def delete_photo(self, photo_id: str) -> ErasureView:
        """Erase the photo with every version of its objects. It is no longer read or listed from now on; the same request, made again, tells how far the erasure is."""
        return await self.send(Call("DELETE", f"/v1/photos/{quote(photo_id, safe='')}"), ErasureView)

    async def get_explanation(self, photo_id: str) -> ExplanationView:
        """Why each picture looks as it does: verdict, shares, and links to its exhibits that expire."""
        return await self.send(
            Call("GET", f"/v1/photos/{quote(photo_id, safe='')}/explanation"), ExplanationView
        )

    async def order_looks(
        self, photo_id: str, body: LooksRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> PhotoView:
        """Order more pictures of a photo without uploading it again. It is PROCESSING until they are made, and the pictures that it has can be read all the while."""
        return await self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/looks",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            PhotoView,
        )

    async def retry_order(self, photo_id: str, *, idempotency_key: str | None = None) -> PhotoView:
        """Try again what failed on our side, or has not ended for too long."""
        return await self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/retry",
                headers={"Idempotency-Key": idempotency_key},
            ),
            PhotoView,
        )

    async def cancel_order(self, photo_id: str, *, idempotency_key: str | None = None) -> PhotoView:
        """End an order: no further pictures are made. The photo is READY with the pictures of earlier orders, or FAILED (`cancelled`) if there are none."""
        return await self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/cancel",
                headers={"Idempotency-Key": idempotency_key},
            ),
            PhotoView,
        )

    async def restore_version(
        self, photo_id: str, body: RestoreRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> PhotoView:
        """Make the pictures of an earlier version the photo's pictures again, at once: the same files, as a new version."""
        return await self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/restore",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            PhotoView,
        )

    async def list_versions(self, photo_id: str) -> VersionsView:
        """The finished sets of pictures that the photo has had, newest first."""
        return await self.send(Call("GET", f"/v1/photos/{quote(photo_id, safe='')}/versions"), VersionsView)

    async def list_collections(self) -> CollectionsView:
        """All collections, oldest first."""
        return await self.send(Call("GET", "/v1/collections"), CollectionsView)

    async def create_collection(
        self, body: CollectionRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> CollectionView:
        """Make a collection: of a filter, whose photos are looked up when they are needed, or of a list of the shop's own ids, 5,000 in a call and 100,000 at most."""
        return await self.send(
            Call("POST", "/v1/collections", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            CollectionView,
        )

    async def get_collection(self, collection_id: str) -> CountedCollectionView:
        """One collection, and how many photos it has now. Of a list with many ids the number is an estimate."""
        return await self.send(
            Call("GET", f"/v1/collections/{quote(collection_id, safe='')}"), CountedCollectionView
        )

    async def delete_collection(self, collection_id: str) -> Any | None:
        """Delete a collection; its photos stay, and campaigns that have it go on."""
        return await self.send_for_optional(
            Call("DELETE", f"/v1/collections/{quote(collection_id, safe='')}"), Any
        )

    async def add_external_ids(
        self,
        collection_id: str,
        body: ExternalIdsRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> CollectionView:
        """Add ids to a list. Those that it has are left out."""
        return await self.send(
            Call(
                "POST",
                f"/v1/collections/{quote(collection_id, safe='')}/external-ids",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            CollectionView,
        )

    async def list_campaigns(self) -> CampaignsView:
        """All campaigns, newest first."""
        return await self.send(Call("GET", "/v1/campaigns"), CampaignsView)

    async def create_campaign(
        self, body: CampaignRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> CampaignView:
        """Make a campaign. Nothing is ordered before it is run, and nothing published before it is published."""
        return await self.send(
            Call("POST", "/v1/campaigns", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            CampaignView,
        )

    async def get_campaign(self, campaign_id: str) -> CampaignView:
        """One campaign, and how far its run is."""
        return await self.send(Call("GET", f"/v1/campaigns/{quote(campaign_id, safe='')}"), CampaignView)

    async def list_campaign_photos(
        self, campaign_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> MembersView:
        """What has come of each photo whose part in a run has ended, by the photos' ids."""
        return await self.send(
            Call(
                "GET",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/photos",
                query={"limit": limit, "cursor": cursor},
            ),
            MembersView,
        )

    async def get_campaign_preview(self, campaign_id: str) -> CampaignPreviewView:
        """The campaign's pictures of the first photos of its collection, as far as they are made."""
        return await self.send(
            Call("GET", f"/v1/campaigns/{quote(campaign_id, safe='')}/preview"), CampaignPreviewView
        )

    async def order_campaign_preview(
        self, campaign_id: str, *, idempotency_key: str | None = None
    ) -> CampaignPreviewView:
        """Order the looks for the first photos of the collection, twelve at most, and see what is there. The run does not make these pictures again."""
        return await self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/preview",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignPreviewView,
        )

    async def estimate_campaign(
        self, campaign_id: str, *, idempotency_key: str | None = None
    ) -> EstimateView:
        """What a run would take: photos, pictures, seconds, money, and of which caps more than is left."""
        return await self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/estimate",
                headers={"Idempotency-Key": idempotency_key},
            ),
            EstimateView,
        )

    async def run_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """Order the looks for each photo of the collection. Pictures that a photo has are not made again. A campaign that is FINISHED can be run again, for photos that failed or were uploaded since."""
        return await self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/run",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    async def pause_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """Order nothing more until it is resumed. Photos that were ordered are finished."""
        return await self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/pause",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    async def resume_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """Go on with a run that was paused."""
        return await self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/resume",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    async def cancel_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """End the campaign for good. Photos that were ordered are finished, and their pictures stay."""
        return await self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/cancel",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    async def publish_campaign(self, campaign_id: str, *, idempotency_key: str | None = None) -> CampaignView:
        """Publish the pictures from the window's start on, or at once where it has begun, until its end."""
        return await self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/publish",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    async def unpublish_campaign(
        self, campaign_id: str, *, idempotency_key: str | None = None
    ) -> CampaignView:
        """Take back the publication, at once: what was published before is so again."""
        return await self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/unpublish",
                headers={"Idempotency-Key": idempotency_key},
            ),
            CampaignView,
        )

    async def unpublish_campaign_photo(
        self, campaign_id: str, photo_id: str, *, idempotency_key: str | None = None
    ) -> MemberView:
        """Leave one photo out of what the campaign publishes, at once and until its next run."""
        return await self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/photos/{quote(photo_id, safe='')}/unpublish",
                headers={"Idempotency-Key": idempotency_key},
            ),
            MemberView,
        )

    async def publish_campaign_photo(
        self, campaign_id: str, photo_id: str, *, idempotency_key: str | None = None
    ) -> MemberView:
        """Take a photo that was left out in again."""
        return await self.send(
            Call(
                "POST",
                f"/v1/campaigns/{quote(campaign_id, safe='')}/photos/{quote(photo_id, safe='')}/publish",
                headers={"Idempotency-Key": idempotency_key},
            ),
            MemberView,
        )

    async def list_published(self, *, placement: str, ids: str, lang: str | None = None) -> PublishedView:
        """Which pictures to show for these photos in a placement now: those of the campaign with the highest priority whose window is open. Photos that no campaign is shown for have none."""
        return await self.send(
            Call("GET", "/v1/published", query={"placement": placement, "ids": ids, "lang": lang}),
            PublishedView,
        )

    async def list_marketplaces(self) -> MarketplacesView:
        """The marketplaces that packs can be made for: each rule with the page that states it and the day on which it was read, and the canvas that meets them."""
        return await self.send(Call("GET", "/v1/marketplaces"), MarketplacesView)

    async def get_pack(
        self, pack_id: str, *, limit: int | None = None, cursor: str | None = None, lang: str | None = None
    ) -> PackView:
        """How far a pack is, and for some of its photos the verdicts by rule, and links to the pictures that expire. With a `limit` of 0 it has no photos."""
        return await self.send(
            Call(
                "GET",
                f"/v1/packs/{quote(pack_id, safe='')}",
                query={"limit": limit, "cursor": cursor, "lang": lang},
            ),
            PackView,
        )

    async def get_pack_archive(self, pack_id: str, marketplace: str) -> ArchiveView:
        """A ZIP archive of the pack's pictures for one marketplace, named by the shop's own ids. The first call has it assembled; ask again after `Retry-After` until `is_ready`."""
        return await self.send(
            Call("GET", f"/v1/packs/{quote(pack_id, safe='')}/archives/{quote(marketplace, safe='')}"),
            ArchiveView,
        )

    async def order_pack(
        self, body: PackRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> PackView:
        """Put up to 500 photos on the canvases of marketplaces, and check them by their rules. Each photo counts as an order, and each of its marketplaces as a look."""
        return await self.send(
            Call("POST", "/v1/packs", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            PackView,
        )

    async def get_settings(self) -> TenantSettings:
        """The settings of the caller's tenant. `ETag` is their version."""
        return await self.send(Call("GET", "/v1/settings"), TenantSettings)

    async def put_settings(
        self, body: SettingsRequest | Mapping[str, Any], *, if_match: str | None = None
    ) -> TenantSettings:
        """Replace the preferences, if their version is still that of `If-Match`. Quotas and suspension are the operator's."""
        return await self.send(
            Call("PUT", "/v1/settings", headers={"if-match": if_match}, body=json_of(body)), TenantSettings
        )

    async def get_settings_history(
        self, *, limit: int | None = None, before: int | None = None
    ) -> SettingsHistoryView:
        """Versions of the settings, newest first: what they were, since when, and by whom."""
        return await self.send(
            Call("GET", "/v1/settings/history", query={"limit": limit, "before": before}), SettingsHistoryView
        )

    async def get_usage(self, *, since: str | None = None, until: str | None = None) -> UsageView:
        """What the tenant has used, by day, API key and style, with its estimated cost; days are kept for 40."""
        return await self.send(Call("GET", "/v1/usage", query={"since": since, "until": until}), UsageView)

    async def look_up_provenance(
        self, content: bytes, *, idempotency_key: str | None = None
    ) -> ProvenanceView:
        """Whether a picture (JPEG, PNG, WebP or AVIF, up to 4.5 MB, as the request's body) is one of yours, also where its metadata was removed: which photo, version and look it is, and what was done."""
        return await self.send(
            Call("POST", "/v1/provenance", headers={"Idempotency-Key": idempotency_key}, content=content),
            ProvenanceView,
        )

    async def add_webhook(
        self, body: WebhookRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> WebhookSecretView:
        """Have events sent to an address. The answer has the secret that verifies them; it is not shown again."""
        return await self.send(
            Call("POST", "/v1/webhooks", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            WebhookSecretView,
        )

    async def list_webhooks(self) -> WebhooksView:
        """All webhooks, oldest first; there are at most ten."""
        return await self.send(Call("GET", "/v1/webhooks"), WebhooksView)

    async def get_webhook(self, webhook_id: str) -> WebhookView:
        """One webhook, and whether it fails or is disabled."""
        return await self.send(Call("GET", f"/v1/webhooks/{quote(webhook_id, safe='')}"), WebhookView)

    async def change_webhook(self, webhook_id: str, body: WebhookChange | Mapping[str, Any]) -> WebhookView:
        """Change the fields that are given."""
        return await self.send(
            Call("PATCH", f"/v1/webhooks/{quote(webhook_id, safe='')}", body=json_of(body)), WebhookView
        )

    async def remove_webhook(self, webhook_id: str) -> Any | None:
        """Remove a webhook; what is still to be delivered to it is dropped."""
        return await self.send_for_optional(Call("DELETE", f"/v1/webhooks/{quote(webhook_id, safe='')}"), Any)

    async def rotate_secret(
        self,
        webhook_id: str,
        body: RotationRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> WebhookSecretView:
        """Replace the secret. During the overlap every delivery has two signatures, one by each secret."""
        return await self.send(
            Call(
                "POST",
                f"/v1/webhooks/{quote(webhook_id, safe='')}/rotate-secret",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            WebhookSecretView,
        )

    async def send_test_event(self, webhook_id: str, *, idempotency_key: str | None = None) -> DeliveryView:
        """Send an event of the type `webhook.test`, whatever types the webhook asks for."""
        return await self.send(
            Call(
                "POST",
                f"/v1/webhooks/{quote(webhook_id, safe='')}/test",
                headers={"Idempotency-Key": idempotency_key},
            ),
            DeliveryView,
        )

    async def list_deliveries(
        self, webhook_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> DeliveriesView:
        """What was sent in the last 30 days, newest event first."""
        return await self.send(
            Call(
                "GET",
                f"/v1/webhooks/{quote(webhook_id, safe='')}/deliveries",
                query={"limit": limit, "cursor": cursor},
            ),
            DeliveriesView,
        )

    async def redeliver(
        self, webhook_id: str, delivery_id: str, *, idempotency_key: str | None = None
    ) -> DeliveryView:
        """Send an event once more, with all its tries. It keeps its `webhook-id`."""
        return await self.send(
            Call(
                "POST",
                f"/v1/webhooks/{quote(webhook_id, safe='')}/deliveries/{quote(delivery_id, safe='')}/redeliver",
                headers={"Idempotency-Key": idempotency_key},
            ),
            DeliveryView,
        )

    async def recommend_look(
        self, *, photo: str, visitor: str, consent: bool | None = None
    ) -> RecommendationView:
        """The look of this photo to show to this visitor. Report with `POST /v1/events` that it was shown, and what the visitor did."""
        return await self.send(
            Call(
                "GET", "/v1/recommendations", query={"photo": photo, "visitor": visitor, "consent": consent}
            ),
            RecommendationView,
        )

    async def get_recommendation_report(
        self, *, since: str | None = None, until: str | None = None
    ) -> RecommendationReportView:
        """What recommendations have brought, compared with the first look of each photo, which a share of the visitors is always shown; with intervals of 95 %."""
        return await self.send(
            Call("GET", "/v1/recommendations/report", query={"since": since, "until": until}),
            RecommendationReportView,
        )

    async def count_visitor_events(
        self, body: VisitorEventsRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> VisitorEventsView:
        """Report what visitors did with recommended pictures, up to 100 events in a call. Each is counted once, however often it is sent."""
        return await self.send(
            Call("POST", "/v1/events", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            VisitorEventsView,
        )

    async def erase_visitor(self, visitor: str) -> Any | None:
        """Erase the history of a visitor; without effect where there is none."""
        return await self.send_for_optional(Call("DELETE", f"/v1/visitors/{quote(visitor, safe='')}"), Any)

    async def list_reviews(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        state: str | None = None,
        style: str | None = None,
        gate: str | None = None,
        tag: str | None = None,
        reason: str | None = None,
        lang: str | None = None,
    ) -> ReviewsView:
        """Pictures that wait for a decision, those first that have waited longest; or, by `state`, those that were decided about, of photos of which no picture waits any more. A page may have none and still a `next_cursor`."""
        return await self.send(
            Call(
                "GET",
                "/v1/reviews",
                query={
                    "limit": limit,
                    "cursor": cursor,
                    "state": state,
                    "style": style,
                    "gate": gate,
                    "tag": tag,
                    "reason": reason,
                    "lang": lang,
                },
            ),
            ReviewsView,
        )

    async def list_decisions(
        self, *, day: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> DecisionsView:
        """Who decided what on a day, in the order in which it was decided."""
        return await self.send(
            Call("GET", "/v1/reviews/decisions", query={"day": day, "limit": limit, "cursor": cursor}),
            DecisionsView,
        )

    async def get_review_report(
        self, *, since: str | None = None, until: str | None = None
    ) -> ReviewReportView:
        """How many pictures were approved, rejected and redone, and why they were rejected, by style."""
        return await self.send(
            Call("GET", "/v1/reviews/report", query={"since": since, "until": until}), ReviewReportView
        )

    async def get_review(self, review_id: str, *, lang: str | None = None) -> ReviewView:
        """One picture in review."""
        return await self.send(
            Call("GET", f"/v1/reviews/{quote(review_id, safe='')}", query={"lang": lang}), ReviewView
        )

    async def approve_picture(self, review_id: str, *, idempotency_key: str | None = None) -> ReviewView:
        """Let the picture be shown: by campaigns, in what is published, and in recommendations."""
        return await self.send(
            Call(
                "POST",
                f"/v1/reviews/{quote(review_id, safe='')}/approve",
                headers={"Idempotency-Key": idempotency_key},
            ),
            ReviewView,
        )

    async def reject_picture(
        self,
        review_id: str,
        body: RejectionRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> ReviewView:
        """Never show the picture. The reason is counted, and recommendations learn from it, also where the picture is approved later. The same rejection with another comment is recorded as another decision."""
        return await self.send(
            Call(
                "POST",
                f"/v1/reviews/{quote(review_id, safe='')}/reject",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            ReviewView,
        )

    async def redo_picture(
        self, review_id: str, body: RedoRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> ReviewView:
        """Order the look with a lower strength. The new picture takes the place of this one, in campaigns too, once the gates are sure of it or it is approved."""
        return await self.send(
            Call(
                "POST",
                f"/v1/reviews/{quote(review_id, safe='')}/redo",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            ReviewView,
        )

    async def get_sign_in(self) -> SignInView | None:
        """Where a person signs in, by authorization code with PKCE (RFC 7636); null without an issuer."""
        return await self.send_for_optional(Call("GET", "/v1/sign-in"), SignInView)
