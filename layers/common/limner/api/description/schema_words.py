"""Texts of property names that have a meaning of their own in one schema, and of schemas without docstrings.

Listed as `Schema.property`, without the suffix View; they win over what the model and words.py say.
"""

from typing import Final

from limner.api.description.review_words import REVIEW_WORDS
from limner.api.description.words import SHARE, TIME, P, Property

SPECIFIC: Final[dict[str, Property]] = {
    "Attempt.at": P("When it was tried (UTC).", TIME),
    "Attempt.status": P("HTTP status, a number from 100 to 599; null without an answer.", 200),
    "BatchProgress.photos": P("Number of photos by status; 0 or more.", {"READY": 2}),
    "Batch.refused": P("Number of photos that were refused; 0 or more.", 0),
    "BatchOutcomes.ready": P("Number of photos with all their pictures; 0 or more.", 2),
    "BatchOutcomes.failed": P("Number of photos that failed, not for their file; 0 or more.", 0),
    "BatchOutcomes.refused": P("Number of photos whose file was refused; 0 or more.", 0),
    "BatchOutcomes.cancelled": P("Number of photos that were cancelled; 0 or more.", 0),
    "BatchOutcomes.not_uploaded": P("Number of photos whose file has not come in time; 0 or more.", 0),
    "BatchOutcomes.not_ordered": P("Number of items that were refused when ordered; 0 or more.", 0),
    "Campaign.status": P("`DRAFT`, `RUNNING`, `FINISHED`, `PUBLISHED` and others (docs/api.md).", "FINISHED"),
    "Campaign.name": P("Name of the campaign; 1 to 100 characters.", "Autumn sale"),
    "Campaign.actions": P("What its status allows now.", ["run", "cancel", "publish"]),
    "CampaignRequest.name": P("Name of the campaign; 1 to 100 characters.", "Autumn sale"),
    "CapCheck.limit": P("The cap: a number, 0 or more, in US dollars for `budget`.", 2000),
    "Collection.name": P("Name of the collection; 1 to 100 characters.", "Mugs"),
    "CollectionRequest.name": P("Name of the collection; 1 to 100 characters.", "Mugs"),
    "CountedCollection.name": P("Name of the collection; 1 to 100 characters.", "Mugs"),
    "CountedCollection.photos": P("Number of photos; 0 or more.", 500),
    "Counts.ready": P("Number of photos with all pictures; 0 or more.", 480),
    "Counts.failed": P("Number of photos that failed, not for their file; 0 or more.", 0),
    "Counts.refused": P(
        "Number of photos that could not be ordered, or whose file was refused; 0 or more.", 0
    ),
    "Counts.cancelled": P("Number of photos whose order was cancelled; 0 or more.", 0),
    "Counts.gone": P("Number of photos that were erased; 0 or more.", 0),
    "Estimate.photos": P("Number of photos of the collection; 0 or more.", 500),
    "Estimate.pictures": P("Number of pictures that are not there yet; 0 or more.", 480),
    "Estimate.estimated_cost_usd": P("By the cost model, in US dollars; 0 or more.", 1.42),
    "Member.outcome": P("`ready`, `failed`, `refused`, `cancelled` or `gone`.", "ready"),
    "Member.code": P("Stable code of the reason; null where there is none.", "damaged_image"),
    "Member.at": P("When its part in the run ended (UTC).", TIME),
    "Members.photos": P("The photos of this page, by id."),
    "Published.photos": P("What is published for each of the photos that there are."),
    "PublishedPhoto.campaign_id": P(
        "Campaign whose pictures they are; null where nothing is published.", "a" * 32
    ),
    "PublishedPhoto.pictures": P("The pictures to show, in the order of the campaign's looks."),
    "Waiting.until": P("When ordering goes on (UTC).", TIME),
    "DayUsage.bytes": P("Bytes of the uploaded photos; 0 or more.", 1048576),
    "DayUsage.megapixels": P("Megapixels of the uploaded photos; 0 or more.", 144.5),
    "DayUsage.estimated_cost_usd": P("By the cost model, in US dollars; 0 or more.", 1.42),
    "DayUsage.pictures": P("Number of pictures; 0 or more.", 24),
    "Delivery.id": P("Id of the delivery.", f"{'0' * 11}-{'f' * 32}"),
    "Delivery.error": P("Why the last try failed; null if it did not.", "timeout"),
    "Delivery.state": P("`pending`, then `delivered` or `failed`.", "pending"),
    "Match.different_bits": P("Number of bits in which the perceptual hashes differ; 0 to 64.", 0),
    "Match.version": P("Job that made the picture, or upload that a variant is of.", "0123"),
    "OwnStyle.pictures": P("Number of pictures that it is learned from; 1 to 5.", 3),
    "OwnStyle.preview": P("The shop's newest photo in the style; null before, or without a photo."),
    "OwnStyle.refinement_steps": P("Number of steps of fine-tuning; 0 to 120.", 0),
    "SettingsRequest.pictures": P("Whether published pictures have lasting public addresses.", "private"),
    "TenantSettings.pictures": P("Whether published pictures have lasting public addresses.", "private"),
    "UsageAmounts.bytes": P("Bytes of the uploaded photos; 0 or more.", 1048576),
    "UsageAmounts.megapixels": P("Megapixels of the uploaded photos; 0 or more.", 144.5),
    "UsageAmounts.estimated_cost_usd": P(
        "By the cost model, in US dollars; 0 or more; not AWS's bill.", 1.42
    ),
    "UsageAmounts.pictures": P("Number of pictures; 0 or more.", 24),
    "VisitorEventRequest.type": P("What the visitor did.", "click"),
    "VisitorEventRequest.recommendation": P("`recommendation` of the answer, unchanged.", "eyJ"),
    "VisitorEventsRequest.events": P("What visitors did; 1 to 100 events."),
    "VisitorEvents.items": P("One entry for each event, in the order of the request."),
    "VisitorEvent.outcome": P("`counted`, `repeated` or `unknown_recommendation`.", "counted"),
    "Comparison.type": P("Type of the events that are compared.", "click"),
    "Recommendation.reason": P("What made this look be shown.", "visitor"),
    "Recommendation.look_name": P("Name of the picture to show; null for the photo itself.", "oil-100.s80"),
    "Webhook.id": P("Id of the webhook.", "f" * 32),
    "Webhook.url": P("Where events are sent.", "https://shop.example/limner"),
    "WebhookSecret.id": P("Id of the webhook.", "f" * 32),
    "WebhookSecret.url": P("Where events are sent.", "https://shop.example/limner"),
    "Version.at": P("When the version was finished (UTC).", TIME),
    "Version.looks": P("Names of its pictures.", ["oil-100.s80"]),
    "Explanation.levels": P(f"Parts of the change by level: each {SHARE}.", {"colour": 1.0}),
    "Explanation.styles": P(f"Parts of the change by style: each {SHARE}.", {"oil": 1.0}),
    "Failure.code": P("Stable code of the reason (docs/api.md lists them); more may be added.", "too_small"),
    "Gate.name": P("Id of the gate.", "text"),
    "Model.name": P("Name of the model.", "fusenet-lite"),
    "Model.version": P("Version of the model.", "1.0.0"),
    "Problem.status": P("The HTTP status; 400 to 599.", 422),
    "Rule.looks": P("Looks that replace the tenant's; 8 at most, none to keep them.", []),
    "SettingsRequest.name": P("Name of the shop; 1 to 100 characters.", "Acorn Shoes"),
    "Step.name": P("Id of the correction.", "exposure"),
    "Style.name": P("Name in English.", "Oil"),
    "Style.tags": P("Words that the style is found by.", ["painting"]),
    "Style.words": P("Name in other languages, by language code.", {"de": "Öl"}),
    "Styles.model": P("The model that paints the styles."),
    "Styles.styles": P("The styles that can be ordered; for words, those that were found, the best first."),
    "TenantSettings.name": P("Name of the shop; 1 to 100 characters.", "Acorn Shoes"),
    "Trial.gates": P(
        "The gates' values at this strength, by name, in the units of the gates; null where not computed.",
        {"text": 0.96},
    ),
    **REVIEW_WORDS,
}


SCHEMAS: Final = {
    "BatchRequest": "Photos to order in one call.",
    "DayUsageView": "What one day's orders used.",
    "OrderedStyleView": "A style that was ordered, and the forms to upload its pictures with.",
    "OwnStylesView": "The tenant's own styles.",
    "RefusedItemView": "One photo of a batch that was refused.",
    "StyleFailure": "Why a style is FAILED.",
    "WebhooksView": "The tenant's webhooks.",
}
"""Of schemas whose models have no docstring."""
