"""An erasure request arrives on EraseQueue: erase the photo's objects and hashes."""

from limner import bootstrap
from limner.contracts import parse_erasure_request
from limner.queues import queue_handler
from limner.tenancy import PhotoKey
from limner.use_cases.outcomes import Outcome


def erase(body: str) -> list[Outcome]:
    request = parse_erasure_request(body)
    return [bootstrap.erase_photo()(PhotoKey(request.tenant, request.photo_id), request.object_key)]


handler = queue_handler(erase)
