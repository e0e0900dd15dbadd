"""Client of Limner, which styles product photos without misrepresenting the product.

from limner_client import Limner

with Limner() as limner:  # LIMNER_URL, LIMNER_KEY
    photo = limner.wait(limner.upload("mug.jpg", looks=["oil"]))
    limner.save(photo, "styled")
"""

from limner_client._calls import Call, Retries
from limner_client.async_client import AsyncLimner
from limner_client.client import Limner
from limner_client.errors import (
    ApiError,
    Conflict,
    InvalidRequest,
    LimnerError,
    NotAllowed,
    NotAuthenticated,
    NotConnected,
    NotFinished,
    NotFound,
    PhotoFailed,
    ServiceFailed,
    SignatureInvalid,
    TooManyRequests,
    UploadRefused,
)
from limner_client.models import Look, PhotoView, RenditionView, StyledView, UploadView
from limner_client.webhooks import verify_webhook

__all__ = [
    "ApiError",
    "AsyncLimner",
    "Call",
    "Conflict",
    "InvalidRequest",
    "Limner",
    "LimnerError",
    "Look",
    "NotAllowed",
    "NotAuthenticated",
    "NotConnected",
    "NotFinished",
    "NotFound",
    "PhotoFailed",
    "PhotoView",
    "RenditionView",
    "Retries",
    "ServiceFailed",
    "SignatureInvalid",
    "StyledView",
    "TooManyRequests",
    "UploadRefused",
    "UploadView",
    "verify_webhook",
]
