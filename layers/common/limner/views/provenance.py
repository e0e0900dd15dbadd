"""Response of POST /v1/provenance."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from limner.looks import Look
from limner.ports import VARIANTS
from limner.provenance import Match, Provenance
from limner.report import Step
from limner.views.verdicts import VerdictView, verdict_view
from photo_files.credentials.content_credentials import Credentials

_INTERNAL_PARAMETERS = {"ingredients"}
"""Hashes that bind a manifest together."""


class ActionView(BaseModel):
    """One step of `c2pa.actions`, in C2PA's words; parameters of our own begin with `limner.`."""

    action: str
    source_type: str | None
    parameters: dict[str, Any]


class CredentialsView(BaseModel):
    """The picture's Content Credentials: whether its bytes are those that were signed, and what they say.
    `is_signed_here`: by this stack's key, as the authority's certificate in its chain proves; false where the
    chain has none."""

    is_valid: bool
    is_signed_here: bool
    signer: str
    generator: str
    actions: list[ActionView]
    problems: list[str]


class MatchView(BaseModel):
    """A published picture of yours that this one is, or is a copy of."""

    photo_id: str
    version: str = Field(description="The job, or for a variant the upload, that it is of.")
    look_name: str | None = Field(description="As in `results`; null for the photo without a style.")
    model: str = Field(description="What painted it, or the release that made the variant.")
    different_bits: int = Field(ge=0, le=64, description="Of the perceptual hash; 0 for the same picture.")
    look: Look | None
    verdict: VerdictView | None
    steps: list[Step]


class ProvenanceView(BaseModel):
    """`is_ours`: a published picture of yours was found. `found_by` says how: the credentials prove that the
    picture is unchanged; a perceptual hash says that it nearly looks the same."""

    is_ours: bool
    found_by: Literal["content_credentials", "perceptual_hash"] | None
    credentials: CredentialsView | None
    matches: list[MatchView]


def provenance_view(provenance: Provenance) -> ProvenanceView:
    credentials = provenance.credentials
    is_ours = bool(provenance.matches)
    by_credentials = credentials is not None and credentials.is_valid and provenance.is_signed_here
    found_by = "content_credentials" if by_credentials else "perceptual_hash"
    return ProvenanceView(
        is_ours=is_ours,
        found_by=found_by if is_ours else None,
        credentials=_credentials_view(credentials, provenance.is_signed_here) if credentials else None,
        matches=list(map(_match_view, provenance.matches)),
    )


def _credentials_view(credentials: Credentials, is_signed_here: bool) -> CredentialsView:
    return CredentialsView(
        is_valid=credentials.is_valid,
        is_signed_here=is_signed_here,
        signer=credentials.signer,
        generator=credentials.generator,
        actions=list(map(_action_view, credentials.actions)),
        problems=list(credentials.problems),
    )


def _action_view(action: Mapping[str, Any]) -> ActionView:
    parameters = action.get("parameters", {})
    return ActionView(
        action=action["action"],
        source_type=action.get("digitalSourceType"),
        parameters={name: value for name, value in parameters.items() if name not in _INTERNAL_PARAMETERS},
    )


def _match_view(match: Match) -> MatchView:
    published, picture = match.found.picture, match.picture
    return MatchView(
        photo_id=published.photo.photo_id,
        version=published.job,
        look_name=None if published.look == VARIANTS else published.look,
        model=published.version,
        different_bits=match.found.bits,
        look=(picture.chosen.look if picture.chosen else picture.look) if picture else None,
        verdict=verdict_view(picture.verdict) if picture and picture.verdict else None,
        steps=list(picture.steps) if picture else [],
    )
