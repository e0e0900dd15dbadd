"""Made from docs/openapi.json by `python -m tools.python_client`; do not edit."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote

from limner_client._calls import Call, json_of
from limner_client.models import (
    ErasureView,
    ExplanationView,
    FormRequest,
    PhotosView,
    PhotoView,
    SettingsHistoryView,
    SettingsRequest,
    SignInView,
    StylesView,
    TenantSettings,
    UploadRequest,
    UploadView,
)

Answer = TypeVar("Answer")
QUERY_PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "list_styles": (),
    "request_upload": (),
    "request_form": (),
    "list_photos": ("limit", "cursor"),
    "get_photo": (),
    "delete_photo": (),
    "get_explanation": (),
    "get_settings": (),
    "put_settings": (),
    "get_settings_history": ("limit", "before"),
    "get_sign_in": (),
}
"""Of each operation."""
ListedPhoto = PhotoView


class Operations(ABC):
    """A method for each operation of the API. Each raises ApiError and NotConnected."""

    @abstractmethod
    def send(self, call: Call, answer: type[Answer]) -> Answer:
        """Send a call and read its answer."""

    @abstractmethod
    def send_for_optional(self, call: Call, answer: type[Answer]) -> Answer | None:
        """Send a call whose answer may be null or empty."""

    def list_styles(self) -> StylesView:
        """The styles that can be ordered, and the model that paints them."""
        return self.send(Call("GET", "/v1/styles"), StylesView)

    def request_upload(
        self, body: UploadRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> UploadView:
        """Order pictures and receive a form to upload the photo with; the upload starts the styling."""
        return self.send(
            Call("POST", "/v1/uploads", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            UploadView,
        )

    def request_form(
        self, photo_id: str, body: FormRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> UploadView:
        """Receive another form for a photo whose form has expired, or whose file is to be replaced."""
        return self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/upload",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            UploadView,
        )

    def list_photos(self, *, limit: int | None = None, cursor: str | None = None) -> PhotosView:
        """Uploaded photos, newest first."""
        return self.send(Call("GET", "/v1/photos", query={"limit": limit, "cursor": cursor}), PhotosView)

    def get_photo(self, photo_id: str) -> PhotoView:
        """One photo: its status, and links to its pictures that expire."""
        return self.send(Call("GET", f"/v1/photos/{quote(photo_id, safe='')}"), PhotoView)

    def delete_photo(self, photo_id: str) -> ErasureView:
        """Erase the photo with every version of its objects. It is no longer read or listed from now on; the same request, made again, tells how far the erasure is."""
        return self.send(Call("DELETE", f"/v1/photos/{quote(photo_id, safe='')}"), ErasureView)

    def get_explanation(self, photo_id: str) -> ExplanationView:
        """Why each picture looks as it does: verdict, shares, and links to its exhibits that expire."""
        return self.send(Call("GET", f"/v1/photos/{quote(photo_id, safe='')}/explanation"), ExplanationView)

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

    async def list_styles(self) -> StylesView:
        """The styles that can be ordered, and the model that paints them."""
        return await self.send(Call("GET", "/v1/styles"), StylesView)

    async def request_upload(
        self, body: UploadRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> UploadView:
        """Order pictures and receive a form to upload the photo with; the upload starts the styling."""
        return await self.send(
            Call("POST", "/v1/uploads", headers={"Idempotency-Key": idempotency_key}, body=json_of(body)),
            UploadView,
        )

    async def request_form(
        self, photo_id: str, body: FormRequest | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> UploadView:
        """Receive another form for a photo whose form has expired, or whose file is to be replaced."""
        return await self.send(
            Call(
                "POST",
                f"/v1/photos/{quote(photo_id, safe='')}/upload",
                headers={"Idempotency-Key": idempotency_key},
                body=json_of(body),
            ),
            UploadView,
        )

    async def list_photos(self, *, limit: int | None = None, cursor: str | None = None) -> PhotosView:
        """Uploaded photos, newest first."""
        return await self.send(
            Call("GET", "/v1/photos", query={"limit": limit, "cursor": cursor}), PhotosView
        )

    async def get_photo(self, photo_id: str) -> PhotoView:
        """One photo: its status, and links to its pictures that expire."""
        return await self.send(Call("GET", f"/v1/photos/{quote(photo_id, safe='')}"), PhotoView)

    async def delete_photo(self, photo_id: str) -> ErasureView:
        """Erase the photo with every version of its objects. It is no longer read or listed from now on; the same request, made again, tells how far the erasure is."""
        return await self.send(Call("DELETE", f"/v1/photos/{quote(photo_id, safe='')}"), ErasureView)

    async def get_explanation(self, photo_id: str) -> ExplanationView:
        """Why each picture looks as it does: verdict, shares, and links to its exhibits that expire."""
        return await self.send(
            Call("GET", f"/v1/photos/{quote(photo_id, safe='')}/explanation"), ExplanationView
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

    async def get_sign_in(self) -> SignInView | None:
        """Where a person signs in, by authorization code with PKCE (RFC 7636); null without an issuer."""
        return await self.send_for_optional(Call("GET", "/v1/sign-in"), SignInView)
