"""Texts of properties of reviews and previews, listed as in schema_words.py."""

from typing import Final

from limner.api.description.words import PHOTO_ID, TIME, P, Property

_REVIEW_ID: Final = f"{PHOTO_ID}-0123456789ab01234567"
_STATE: Final = "`waiting`, `approved`, `rejected` or `redone`."

REVIEW_WORDS: Final[dict[str, Property]] = {
    "Styled.review": P("What a person has decided about it; null where nobody is asked.", None),
    "Review.review_id": P("Id of the picture in review; one that is made anew has another.", _REVIEW_ID),
    "Review.state": P(_STATE, "waiting"),
    "Review.since": P("When the picture began to wait (UTC).", TIME),
    "Review.decided_at": P("When it was decided about last (UTC); null before.", TIME),
    "Review.reason": P("Why it was rejected; null otherwise.", "wrong_colours"),
    "Review.redone_as": P("Name of the look that was ordered in its place, or null.", "oil-100.s60"),
    "Review.unsure_gates": P("Gates that refused the look or passed it narrowly.", ["delta_e"]),
    "Review.picture": P("The picture to decide about."),
    "Review.original": P("The photo without a style, to compare."),
    "Reviews.reviews": P("The pictures of this page, those first that have waited longest."),
    "RejectionRequest.reason": P("Why the picture is rejected.", "wrong_colours"),
    "RejectionRequest.comment": P("In the shop's words; 1 to 500 characters.", "The blue is too dark."),
    "RedoRequest.strength": P("A share above 0 and below the picture's; null for three quarters.", 0.5),
    "Decision.review_id": P("Id of the picture in review.", _REVIEW_ID),
    "Decision.look": P("Name of the picture's look.", "oil-100.s80"),
    "Decision.state": P(_STATE, "rejected"),
    "Decision.reason": P("Why it was rejected; null otherwise.", "wrong_colours"),
    "Decision.comment": P("In the shop's words; null where there is none.", "The blue is too dark."),
    "Decision.redone_strength": P("Strength of the look in its place: a share, 0 to 1, or null.", 0.6),
    "Decision.by": P("Id of the API key, or the user of the token.", "0123456789abcdef"),
    "Decision.at": P("When it was decided (UTC).", TIME),
    "Decisions.decisions": P("The decisions of this page, the first one first."),
    "DecisionCounts.approved": P("Number of pictures that were approved; 0 or more.", 40),
    "DecisionCounts.rejected": P("Number of pictures that were rejected; 0 or more.", 6),
    "DecisionCounts.redone": P("Number of pictures that were ordered again; 0 or more.", 3),
    "DecisionCounts.reasons": P("Number of rejections by reason; 0 or more.", {"wrong_colours": 4}),
    "ReviewReport.total": P("All decisions of these days."),
    "ReviewReport.styles": P("The same by style id."),
    "ReviewReport.since": P("The first day (UTC).", "2026-11-01"),
    "ReviewReport.until": P("The last day (UTC).", "2026-11-28"),
    "CampaignPreview.photos": P("The first photos of the collection; 12 at most."),
    "PreviewedPhoto.status": P("Where the photo is on its way; `READY` and `FAILED` are final.", "READY"),
    "PreviewedPhoto.original": P("The photo without a style, to compare."),
    "PreviewedPhoto.pictures": P("Those of the campaign's pictures that there are."),
    "CampaignPreview.under_way": P("Number of photos whose pictures are being made; 0 to 12.", 4),
}
