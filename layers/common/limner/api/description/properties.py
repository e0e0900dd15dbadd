"""What each property and parameter means: one text for each word, with its unit and range, and an example.

One word has one meaning in the whole API, so texts are listed by the property's name. The few names that have
another meaning in one schema are listed as `Schema.property`, without the suffix View. A description that a
model itself gives wins over this list. tests/docs/test_description.py fails for a property without text.
"""

from typing import Any, Final, NamedTuple

from limner.api.description.schemas import Json, operations

_PHOTO_ID: Final = "0123456789abcdef0123456789abcdef"
_TIME: Final = "2026-11-28T09:30:00Z"
_SHARE: Final = "a share, 0 to 1"


class Property(NamedTuple):
    text: str
    example: Any = None


P = Property
PROPERTIES: Final[dict[str, Property]] = {
    # Photos and orders
    "photo_id": P("Id of the photo: 32 hexadecimal digits, opaque.", _PHOTO_ID),
    "filename": P("Name of the file as the seller has it, without folders; 1 to 255 characters.", "mug.jpg"),
    "content_type": P("Media type of the file.", "image/jpeg"),
    "external_id": P("The shop's own id of the product (SKU), 1 to 128 characters; not unique.", "SKU-1042"),
    "metadata": P(
        "The shop's own data, returned unchanged: at most 16 keys of at most 40 characters, "
        "with values of at most 128 characters.",
        {"colour": "blue"},
    ),
    "tags": P("Labels to filter by; at most 16 of at most 64 characters.", ["autumn"]),
    "batch_id": P("Id of the batch that the photo was ordered in: 32 hexadecimal digits.", "f" * 32),
    "looks": P("The pictures to make: one look for each, 8 at most."),
    "look": P("How the picture was ordered."),
    "status": P("Where the photo is on its way; `READY` and `FAILED` are final.", "READY"),
    "created_at": P("When the photo was ordered (UTC).", _TIME),
    "updated_at": P("When what a caller sees of the photo changed last (UTC).", _TIME),
    "submitted_at": P("When the job was given to the stylizer (UTC); null before.", _TIME),
    "finished_at": P("When the work was finished (UTC); null before.", _TIME),
    "failure": P("Why the photo is `FAILED`; null otherwise."),
    "message": P("The reason as a sentence for the seller.", "The photo is too small."),
    "original": P("The photo itself without a style, in every width and format; the widest first."),
    "results": P("The pictures, one for each look; empty before they are finished."),
    "model": P("Model that painted the pictures, as name@version; null before.", "fusenet-lite@1.0.0"),
    "timings": P("Seconds that each step of the work took, by the step's name; 0 or more.", {"total": 3.2}),
    "is_earlier_file": P("Whether pictures are of the file before, since the newest file has none."),
    "photos": P("The photos of this page, newest first."),
    "next_cursor": P("`cursor` of the next page; null on the last.", "eyJhIjoxfQ.c2ln"),
    "photo": P("Address of the photo, relative to `/v1/`.", f"photos/{_PHOTO_ID}"),
    "upload": P("The form to upload the file with."),
    "replace": P("Whether the file takes the place of the one that the photo has."),
    "revision": P("Number of the order of looks on this upload; counted from 0.", 0),
    # Upload forms and renditions
    "url": P("Address, absolute.", "https://bucket.example/styled/main/mug.webp"),
    "fields": P("Fields of the form, to be sent unchanged and before the file.", {"key": "uploads/main/mug"}),
    "expires_at": P("Until when the address is good (UTC); null for one that stays.", _TIME),
    "max_bytes": P("The largest file that the form takes, in bytes; 1 or more.", 20971520),
    "width": P("Width in pixels; 1 or more.", 1600),
    "height": P("Height in pixels; 1 or more.", 1067),
    "bytes": P("Size of the file in bytes; 1 or more.", 182034),
    "renditions": P("The picture's files; the full size first."),
    "srcset": P(
        "Ready for the attribute `srcset`, by media type.",
        {"image/avif": "https://cdn.example/640.avif 640w"},
    ),
    "sizes": P("Ready for the attribute `sizes`.", "(max-width: 640px) 100vw, 640px"),
    "dominant_colour": P("Colour that stands for the picture while it loads, `#rrggbb` in sRGB.", "#a08c72"),
    "placeholder": P("Small picture to show first: a thumbhash in base64.", "3OcRJYB4d3h/iIeHeEh3eIhw+j3A"),
    # Looks
    "styles": P(
        "Weights of 1 to 4 styles by style id, each above 0 and at most 1; only their ratio counts.",
        {"oil": 1.0},
    ),
    "strength": P(f"How far the photo is moved towards the style: {_SHARE}; 0 is the photo itself.", 0.8),
    "protection": P("What of the product a style may change.", "soft"),
    "levels": P("The style's share at each level."),
    "colour": P(f"Share of the style's colours: {_SHARE}.", 1.0),
    "stroke": P(f"Share of the style's strokes: {_SHARE}.", 1.0),
    "motif": P(f"Share of the style's redrawing of forms: {_SHARE}.", 1.0),
    "enhance": P("Whether light, colour and noise of the photo are corrected first."),
    # Verdicts and explanations
    "name": P("Name of the picture among those of its photo: styles, strength, options.", "oil-100.s80"),
    "metrics": P("Measures of the picture by name, in units of their own.", {"delta_e": 1.2}),
    "verdict": P("Outcome of the gates; null for a picture made by a release without gates."),
    "outcome": P("`passed`, `lowered` to a lower strength, or `fallback` to the photo.", "passed"),
    "refused_by": P("The gates that refused the look as ordered; `engine` if it could not be painted.", []),
    "gates": P("Each gate's value and limit."),
    "value": P("Measured value, in the unit of the gate; null where it could not be computed.", 0.94),
    "limit": P("Limit of the gate, in the unit of the gate; null where there is none.", 0.9),
    "passed": P("Whether the gates were passed.", True),
    "words": P("The same in words.", "Passed every check."),
    "regions": P("What was found in the photo; null where nothing was looked for."),
    "found": P("Whether a product was found; if not, the whole photo counts as product.", True),
    "confidence": P(f"That the product was found rightly: {_SHARE}.", 0.93),
    "product_share": P(f"Part of the photo's area that the product fills: {_SHARE}.", 0.41),
    "text_share": P(f"Part of the photo's area that lettering fills: {_SHARE}.", 0.06),
    "steps": P("Corrections of the photo that were made, in order."),
    "amount": P("How much was corrected, in the unit of the step; any number.", 0.4),
    "note": P("The correction in words.", "brightened by 0.4 EV"),
    "chosen": P("The look that `auto` chose; null for other looks."),
    "reasons": P("Why, one sentence each.", ["A product on a plain white background."]),
    "pictures": P("One entry for each picture."),
    "explanation": P("What the change of the picture consists of; null where there is none."),
    "difference": P(
        f"Parts of the change that are structure, colour and texture: each {_SHARE}.", {"colour": 1.0}
    ),
    "strip": P("The look at several strengths."),
    "exhibits": P("Small pictures that illustrate the explanation, by name."),
    # Erasure
    "state": P("`erasing` until the last check has found nothing, then `erased`.", "erasing"),
    "requested_at": P("When it was asked for (UTC).", _TIME),
    "last_check_at": P("From when on the last check is made (UTC).", _TIME),
    # Settings
    "rules": P("Looks for uploads without an order, by path, tag or category; the first match decides."),
    "prefix": P("Beginning of the upload's path that the rule is for.", "shoes/"),
    "tag": P("Tag that the rule or the filter is for.", "autumn"),
    "category": P("Category that the rule is for.", "jewellery"),
    "review": P("Whether pictures wait for approval; stored, and not in force yet."),
    "retention": P("How long what is stored is kept."),
    "originals_days": P("Days that uploads are kept; 1 to 3650, null for as long as the tenant exists.", 90),
    "results_days": P("Days that pictures are kept; 1 to 3650, null for as long as the tenant exists.", 365),
    "logs_days": P("Days that logs are kept; 1 to 3650, null for as long as the tenant exists.", 30),
    "tenant": P("Id of the tenant.", "main"),
    "is_suspended": P("Whether the operator has suspended the tenant."),
    "quotas": P("Caps that differ from the stack's, by name: numbers, 0 or more.", {"orders_per_day": 500}),
    "version": P("Number of the version, counted from 0; it grows by 1.", 3),
    "versions": P("The versions, newest first."),
    "changed_at": P("When this version was made (UTC).", _TIME),
    "changed_by": P("Key or person that made this version.", "0123456789abcdef"),
    "next_before": P("`before` of the next page: a version number, 1 or more; null on the last.", 1),
    # Styles and sign-in
    "id": P("Id, as requests name it.", "oil"),
    "family": P("Group that the style belongs to.", "painting"),
    "preview": P(
        "Address of a preview relative to the page; null where none is.", "assets/previews/oil.webp"
    ),
    "issuer": P("Issuer of the tokens (OpenID Connect).", "https://login.example"),
    "client_id": P("Id of the page as a client of the issuer.", "page"),
    "authorize_url": P("Where a person is sent to sign in.", "https://login.example/oauth2/authorize"),
    "token_url": P("Where the code is exchanged for tokens.", "https://login.example/oauth2/token"),
    "scope": P("Scopes to ask the issuer for, with spaces between.", "openid email"),
    "token": P("Which token of the issuer's answer the API accepts.", "id_token"),
    # Problems (RFC 9457)
    "type": P("Kind of problem as a URI; `about:blank` where the status and `code` say it.", "about:blank"),
    "title": P("The status in words.", "Unprocessable Entity"),
    "code": P("Stable code for programs; clients treat an unknown one by its status.", "invalid_request"),
    "detail": P("What is wrong with this request.", "limit: must be at most 50"),
    "request_id": P("Id of the request, as in `X-Request-Id`.", "5a2cfa9c-5a1d-4d5f-9a76-3a5c4b1f0e9d"),
    "errors": P("The first ten invalid fields."),
    "at": P("Where: the names on the way to the field, with slashes between.", "query/limit"),
    # Parameters
    "limit (query)": P("How many entries the page has at most; 1 to 50.", 20),
    "cursor": P("Where the page begins: `next_cursor` of the page before.", "eyJhIjoxfQ.c2ln"),
    "before": P("Only versions before this one; 1 or more.", 3),
    "if-match": P("ETag of what is to be replaced; without it the answer is 428.", '"3"'),
}
SPECIFIC: Final[dict[str, Property]] = {
    "Explanation.levels": P(f"Parts of the change by level: each {_SHARE}.", {"colour": 1.0}),
    "Explanation.styles": P(f"Parts of the change by style: each {_SHARE}.", {"oil": 1.0}),
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
    "Styles.styles": P("The styles that can be ordered."),
    "TenantSettings.name": P("Name of the shop; 1 to 100 characters.", "Acorn Shoes"),
    "Trial.gates": P(
        "The gates' values at this strength, by name, in the units of the gates; null where not computed.",
        {"text": 0.96},
    ),
}


def text_of(schema: str, name: str) -> Property | None:
    """The text of a schema's property."""
    return SPECIFIC.get(f"{schema.removesuffix('View')}.{name}") or PROPERTIES.get(name)


def describe_properties(document: Json) -> None:
    """Give every property and parameter its text and example, and drop titles that only repeat names."""
    for schema_name, schema in document["components"]["schemas"].items():
        schema.pop("title", None)
        for name, value in schema.get("properties", {}).items():
            _describe(value, text_of(schema_name, name))
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            parameter["schema"].pop("title", None)
            name, place = parameter["name"].lower(), parameter["in"]
            text = PROPERTIES.get(f"{name} ({place})") or PROPERTIES.get(name)
            if text:
                parameter.setdefault("description", text.text)
                if text.example is not None:
                    parameter.setdefault("example", text.example)


def _describe(value: Json, text: Property | None) -> None:
    value.pop("title", None)
    if text:
        value.setdefault("description", text.text)
        if text.example is not None and not {"example", "examples"} & set(value):
            value["example"] = text.example
