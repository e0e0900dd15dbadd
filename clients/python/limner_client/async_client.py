"""`AsyncLimner`: what `Limner` is, for asyncio."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from limner_client._calls import Call, Retries, checked, retry_after_seconds
from limner_client._packs import (
    PACK_FINISHED,
    PACK_MOST_POLL_SECONDS,
    pack_body,
    pack_files,
    pack_page,
)
from limner_client._steps import (
    LONG_POLL_SECONDS,
    ORDER,
    TIMEOUT_SECONDS,
    WAIT_SECONDS,
    PhotoLike,
    address_and_key,
    answer_or_error,
    checked_by_storage,
    file_name_of,
    finished,
    form_options,
    order_of,
    photo_id_of,
    poll_delays,
    read,
    status_call,
    url_of,
)
from limner_client.errors import NotFinished
from limner_client.files import LookLike, PhotoFile, Upload, photo_file
from limner_client.models import (
    PackedPhotoView,
    PackView,
    PhotoView,
    RenditionView,
    ReviewView,
    StylesView,
    UploadView,
)
from limner_client.operations import AsyncOperations, ListedPhoto

Answer = TypeVar("Answer")


class AsyncLimner(AsyncOperations):
    """As Limner, with `async with` and `await`."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Without `url` and `key` those of the environment are taken: LIMNER_URL, LIMNER_KEY.

        Raises:
            ValueError: one of them is missing.
        """
        url, key = address_and_key(url, key)
        self._api = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout_seconds,
            transport=transport,
        )
        self._storage = httpx.AsyncClient(timeout=timeout_seconds, transport=transport)
        self._retries = retries or Retries()
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._api.aclose()
        await self._storage.aclose()

    async def upload(
        self,
        file: Upload,
        *,
        looks: Sequence[LookLike] = (),
        external_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        tags: Sequence[str] | None = None,
        filename: str | None = None,
        content_type: str | None = None,
        idempotency_key: str | None = None,
    ) -> UploadView:
        """Order pictures of a photo and upload its file: a path, bytes or an open file.

        Without looks it gets the tenant's. `external_id`, `metadata` and `tags` are the shop's own.

        Raises:
            OSError: the file cannot be read.
            UploadRefused: the storage refused it, such as for its size.
        """
        photo = photo_file(file, filename, content_type)
        body = order_of(photo, looks, external_id, metadata, tags)
        order: UploadView = await getattr(self, ORDER)(body, idempotency_key=idempotency_key)
        await self._post_form(order, photo)
        return order

    async def _post_form(self, order: UploadView, photo: PhotoFile) -> None:
        options = form_options(order.upload, photo)
        checked_by_storage(await self._tried(lambda: self._storage.post(**options)))

    async def wait(
        self,
        photo: PhotoLike,
        *,
        timeout_seconds: float = WAIT_SECONDS,
        long_poll_seconds: int = LONG_POLL_SECONDS,
    ) -> PhotoView:
        """The photo once it is READY. A call waits for `long_poll_seconds` where the API lets it; 0 polls.

        Raises:
            PhotoFailed: it is FAILED.
            NotFinished: it is neither after `timeout_seconds`.
        """
        call = status_call(photo, long_poll_seconds)
        give_up_at = time.monotonic() + timeout_seconds
        for seconds in poll_delays():
            answer = checked(await self._tried(lambda: self._api.request(**call.request_options())))
            if ready := finished(PhotoView.model_validate_json(answer.content)):
                return ready
            if time.monotonic() >= give_up_at:
                break
            await self._sleep(retry_after_seconds(answer) or seconds)
        raise NotFinished(f"{photo_id_of(photo)} is not finished after {timeout_seconds:.0f} s")

    async def photos(self, **filters: Any) -> AsyncIterator[ListedPhoto]:
        """All photos, newest first, page by page; filters are parameters of `list_photos`."""
        page = await self.list_photos(**filters)
        for photo in page.photos:
            yield photo
        while page.next_cursor:
            page = await self.list_photos(**{**filters, "cursor": page.next_cursor})
            for photo in page.photos:
                yield photo

    async def reviews(self, **filters: Any) -> AsyncIterator[ReviewView]:
        """All pictures in review, those first that have waited longest; filters are parameters of
        `list_reviews`."""
        page = await self.list_reviews(**filters)
        for review in page.reviews:
            yield review
        while page.next_cursor:
            page = await self.list_reviews(**{**filters, "cursor": page.next_cursor})
            for review in page.reviews:
                yield review

    async def styles(self, q: str | None = None, *, lang: str | None = None) -> StylesView:
        """All styles that looks can use, or with words the ones found by them, and a look to order. The
        caller's own styles are among them."""
        return await self.search_styles(q=q, lang=lang)

    async def download(self, file: RenditionView | str) -> bytes:
        """The bytes of a rendition, or of a link to one."""
        answer = await self._tried(lambda: self._storage.get(url_of(file)))
        return checked_by_storage(answer).content

    async def save(self, photo: PhotoView, folder: Path | str) -> list[Path]:
        """Write the full size of each picture into the folder, which is made if it is not there."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        paths = []
        for picture in photo.results:
            path = Path(folder) / file_name_of(photo, picture)
            path.write_bytes(await self.download(picture.renditions[0]))
            paths.append(path)
        return paths

    async def pack(
        self,
        photos: Sequence[PhotoLike] = (),
        marketplaces: Sequence[str] = ("amazon-main",),
        *,
        collection: str | None = None,
        look: LookLike | None = None,
        timeout_seconds: float = WAIT_SECONDS,
        on_progress: Callable[[PackView], object] = bool,
    ) -> PackView:
        """Put photos, or those of a collection, on the canvases of marketplaces, and check them by their
        rules; with a look, their pictures of it. `on_progress` is called with each state of the pack.

        Raises:
            NotFinished: the pack is not finished after `timeout_seconds`.
        """
        ordered = pack_body([photo_id_of(each) for each in photos], collection, marketplaces, look)
        pack = await self.order_pack(ordered)
        give_up_at = time.monotonic() + timeout_seconds
        for seconds in poll_delays():
            on_progress(pack)
            if pack.status == PACK_FINISHED:
                return pack
            if time.monotonic() >= give_up_at:
                break
            await self._sleep(min(seconds, PACK_MOST_POLL_SECONDS))
            pack = await self.get_pack(pack.pack_id, limit=0)
        raise NotFinished(f"pack {pack.pack_id} is not finished after {timeout_seconds:.0f} s")

    async def packed_photos(
        self, pack: PackView, *, lang: str | None = None
    ) -> AsyncIterator[PackedPhotoView]:
        """What has come of each photo of a pack, page by page; `lang` are languages of the reasons
        (`de,fr`)."""
        page = await self.get_pack(**pack_page(pack, None, lang))
        for photo in page.photos:
            yield photo
        while page.next_cursor:
            page = await self.get_pack(**pack_page(pack, page.next_cursor, lang))
            for photo in page.photos:
                yield photo

    async def save_pack(self, photos: Iterable[PackedPhotoView], folder: Path | str) -> list[Path]:
        """Write the pictures of packed photos into the folder, as `amazon-main/SKU-1042.jpg`."""
        paths = []
        for name, file in pack_files(photos):
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(await self.download(file))
            paths.append(path)
        return paths

    async def send(self, call: Call, answer: type[Answer]) -> Answer:
        """Send a call and read its answer; for operations that this release does not know, too."""
        return read(await self._sent(call), answer)

    async def send_for_optional(self, call: Call, answer: type[Answer]) -> Answer | None:
        sent = await self._sent(call)
        return None if sent.content in {b"", b"null"} else read(sent, answer)

    async def _sent(self, call: Call) -> httpx.Response:
        options = call.request_options()
        return checked(await self._tried(lambda: self._api.request(**options)))

    async def _tried(self, send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        tries = 0
        while True:
            tries += 1
            error: httpx.TransportError | None = None
            answer: httpx.Response | None = None
            try:
                answer = await send()
            except httpx.TransportError as failed:
                error = failed
            if answer is not None and not answer.is_error:
                return answer
            delay = self._retries.delay(tries, answer)
            if delay is None:
                return answer_or_error(answer, error)
            await self._sleep(delay)
