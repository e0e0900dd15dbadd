"""An import arrives on ImportQueue: fetch the photo's file from its URL."""

from limner.bootstrap import imports
from limner.contracts import parse_import_request
from limner.queues import queue_handler
from limner.tenancy import PhotoKey
from limner.use_cases.outcomes import Outcome


def import_photo(body: str) -> list[Outcome]:
    request = parse_import_request(body)
    return [imports.import_photo()(PhotoKey(request.tenant, request.photo_id))]


handler = queue_handler(import_photo)
