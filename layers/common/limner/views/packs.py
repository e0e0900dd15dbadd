"""Requests and responses of packs, and the marketplaces that there are."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from limner.campaigns.photo_collections import CollectionId
from limner.languages import Language
from limner.looks import Look, at_most
from limner.packs.contracts import PackedProfile, RuleFinding, archive_key
from limner.packs.file_names import safe_stem
from limner.packs.pack import (
    MAX_PACK_PHOTOS,
    MAX_PACK_PROFILES,
    PackCounts,
    PackOutcome,
    PackStatus,
    ProfileId,
)
from limner.packs.pages import PackPage, PhotoInPack
from limner.packs.refusal_texts import RULE_BROKEN, texts_of_code
from limner.tenancy import PhotoId, is_live
from limner.views.renditions import Link, RenditionView, rendition_view
from photo_files.packs.profile import Profile
from photo_files.packs.rules import MarketplaceRule, RuleOutcome
from photo_files.packs.texts import reason_in

_NAMES_OF_ALL_RULES = frozenset(field.name for field in fields(MarketplaceRule))


class MarketplaceRuleView(BaseModel):
    """One rule, with the page that states it; `limits` by name, with the unit at the name's end."""

    rule: str
    required: bool
    source: str
    read_on: date
    limits: dict[str, Any]


class CanvasView(BaseModel):
    """The picture that a pack holds. A photo is never enlarged, so that the canvas can be smaller."""

    is_white: bool
    long_side_px: int
    aspect: float
    fill: float
    format: str


class MarketplaceView(BaseModel):
    """The rules of a marketplace for one kind of picture, and the canvas that meets them."""

    id: str
    name: str
    canvas: CanvasView
    rules: list[MarketplaceRuleView]


class MarketplacesView(BaseModel):
    """The marketplaces that packs can be made for."""

    marketplaces: list[MarketplaceView]


class PackRequest(BaseModel):
    """Photos by their ids, or those of a collection, and the marketplaces that they are for. Without a look,
    the photos themselves are packed; with one, their pictures of it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"photo_ids": ["0123456789abcdef" * 2], "marketplaces": ["amazon-main", "ebay"]}
        },
    )

    photo_ids: Annotated[list[PhotoId], Field(max_length=MAX_PACK_PHOTOS), at_most(MAX_PACK_PHOTOS)] = []
    collection_id: CollectionId | None = None
    marketplaces: Annotated[
        list[ProfileId], Field(min_length=1, max_length=MAX_PACK_PROFILES), at_most(MAX_PACK_PROFILES)
    ]
    look: Look | None = None

    @model_validator(mode="after")
    def _refuse_both_and_neither(self) -> Self:
        if bool(self.photo_ids) == (self.collection_id is not None):
            raise PydanticCustomError("photos_or_collection", "either photo_ids or collection_id")
        return self


class RuleVerdictView(BaseModel):
    """What a picture says to one rule; `reasons` by language."""

    rule: str
    required: bool
    outcome: RuleOutcome
    code: str
    reasons: dict[str, str]
    source: str
    read_on: date


class PackRefusalView(BaseModel):
    """Why there is no picture; `reasons` by language."""

    code: str
    reasons: dict[str, str]


class PackFileView(BaseModel):
    """A picture that meets the marketplace's required rules. `name` is the shop's own id, safe in every file
    system."""

    name: str
    file: RenditionView


class PackedMarketplaceView(BaseModel):
    """`found`: verdicts of the photo as it was; `verdicts`: those of the picture that was made."""

    marketplace: str
    accepted: bool
    picture: PackFileView | None
    refusal: PackRefusalView | None
    found: list[RuleVerdictView]
    verdicts: list[RuleVerdictView]


class PackedPhotoView(BaseModel):
    """What has come of one photo: a verdict for each marketplace, or `refusal`. `outcome` is null while it is
    under way."""

    photo_id: str
    external_id: str | None
    outcome: PackOutcome | None
    refusal: PackRefusalView | None
    packed: list[PackedMarketplaceView]


class PackView(BaseModel):
    """A pack, and some of its photos in the order in which they were given."""

    pack_id: str
    livemode: bool
    status: PackStatus
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime
    marketplaces: list[str]
    look_name: str | None
    expected: int
    under_way: int
    outcomes: PackCounts
    photos: list[PackedPhotoView]
    next_cursor: str | None


class ArchiveView(BaseModel):
    """The pictures of a pack for one marketplace in a ZIP archive; `url` is null while it is assembled."""

    marketplace: str
    is_ready: bool
    url: str | None
    bytes: int | None
    expires_at: datetime | None


def marketplaces_view(profiles: Sequence[Profile]) -> MarketplacesView:
    return MarketplacesView(marketplaces=[_marketplace_view(profile) for profile in profiles])


def _marketplace_view(profile: Profile) -> MarketplaceView:
    canvas = profile.canvas
    return MarketplaceView(
        id=profile.id,
        name=profile.name,
        canvas=CanvasView(
            is_white=canvas.white,
            long_side_px=canvas.long_side_px,
            aspect=canvas.aspect,
            fill=canvas.fill,
            format=canvas.format,
        ),
        rules=[_rule_view(rule) for rule in profile.rules],
    )


def _rule_view(rule: MarketplaceRule) -> MarketplaceRuleView:
    own = [field.name for field in fields(rule) if field.name not in _NAMES_OF_ALL_RULES]
    return MarketplaceRuleView(
        rule=rule.kind,
        required=rule.required,
        source=rule.source,
        read_on=rule.read_on,
        limits={name: getattr(rule, name) for name in own},
    )


def pack_view(page: PackPage, link: Link, languages: Sequence[Language], next_cursor: str | None) -> PackView:
    pack = page.pack
    return PackView(
        pack_id=pack.pack_id,
        livemode=is_live(pack.tenant),
        status=pack.status,
        created_at=pack.created_at,
        finished_at=pack.finished_at,
        expires_at=pack.expires_at,
        marketplaces=list(pack.profiles),
        look_name=pack.look_name,
        expected=len(pack.photo_ids),
        under_way=len(pack.photo_ids) - pack.counts.total,
        outcomes=pack.counts,
        photos=[_photo_view(each, link, languages) for each in page.photos],
        next_cursor=next_cursor,
    )


def archive_view(pack: str, marketplace: str, nbytes: int | None, link: Link, tenant: str) -> ArchiveView:
    """`pack` is its id; `nbytes` is None while the archive is being assembled."""
    if nbytes is None:
        return ArchiveView(marketplace=marketplace, is_ready=False, url=None, bytes=None, expires_at=None)
    address = link(archive_key(tenant, pack, marketplace))
    return ArchiveView(
        marketplace=marketplace,
        is_ready=True,
        url=address.url,
        bytes=nbytes,
        expires_at=address.expires_at,
    )


def _photo_view(each: PhotoInPack, link: Link, languages: Sequence[Language]) -> PackedPhotoView:
    packed, external_id = each.packed, each.photo.external_id if each.photo else None
    stem = safe_stem(external_id, packed.photo_id)
    made = each.report.profiles if each.report else ()
    return PackedPhotoView(
        photo_id=packed.photo_id,
        external_id=external_id,
        outcome=packed.outcome,
        refusal=_refusal_view(packed.code, languages) if packed.code else None,
        packed=[_packed_view(profile, stem, link, languages) for profile in made],
    )


def _packed_view(
    made: PackedProfile, stem: str, link: Link, languages: Sequence[Language]
) -> PackedMarketplaceView:
    file = rendition_view(made.file, link) if made.file else None
    extension = made.file.key.rpartition(".")[2] if made.file else ""
    code = made.refusal or (None if file else RULE_BROKEN)
    return PackedMarketplaceView(
        marketplace=made.profile,
        accepted=file is not None,
        picture=PackFileView(name=f"{stem}.{extension}", file=file) if file else None,
        refusal=_refusal_view(code, languages) if code else None,
        found=[_verdict_view(finding, languages) for finding in made.photo],
        verdicts=[_verdict_view(finding, languages) for finding in made.picture],
    )


def _verdict_view(finding: RuleFinding, languages: Sequence[Language]) -> RuleVerdictView:
    return RuleVerdictView(
        reasons={each: reason_in(each, finding.text, finding.values) for each in languages},
        **finding.model_dump(exclude={"text", "values"}),
    )


def _refusal_view(code: str, languages: Sequence[Language]) -> PackRefusalView:
    return PackRefusalView(code=code, reasons=texts_of_code(code, languages))
