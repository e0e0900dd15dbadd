"""Request and responses of the batches."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from limner.batches import MAX_ITEMS, Batch, BatchOutcomes, BatchProgress
from limner.errors import LimnerError
from limner.looks import OrderedLooks, at_most
from limner.orders import ExternalId, Metadata, Order, Tags
from limner.photos import Photo, PhotoStatus
from limner.ports import UploadForm
from limner.tenancy import is_live
from limner.views.uploads import ContentType, FileName, FormView, Url, filename_in, form_view


class BatchItem(BaseModel):
    """One photo: a file to be uploaded (`filename` and `content_type`), or one to be fetched (`url`)."""

    model_config = ConfigDict(extra="forbid")

    external_id: ExternalId
    filename: FileName | None = None
    content_type: ContentType | None = None
    url: Url | None = None
    looks: OrderedLooks = ()
    metadata: Metadata = Field(default_factory=dict)
    tags: Tags = ()

    @model_validator(mode="after")
    def _refuse_both_and_neither(self) -> Self:
        is_upload = self.filename is not None and self.content_type is not None and self.url is None
        is_import = self.url is not None and self.content_type is None
        if not is_upload and not is_import:
            message = "an item has either filename and content_type, or url"
            raise PydanticCustomError("file_or_url", message)
        return self

    @property
    def order(self) -> Order:
        return Order(
            filename=self.filename or filename_in(self.url or ""),
            looks=self.looks,
            external_id=self.external_id,
            metadata=self.metadata,
            tags=self.tags,
            import_url=self.url,
            **({"content_type": self.content_type} if self.content_type else {}),
        )


class BatchRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "items": [
                    {"external_id": "MUG-1", "filename": "mug.jpg", "content_type": "image/jpeg"},
                    {
                        "external_id": "MUG-2",
                        "url": "https://cdn.example.com/mug-2.jpg",
                        "looks": [{"styles": {"oil": 1.0}}],
                    },
                ]
            }
        },
    )

    items: Annotated[list[BatchItem], Field(min_length=1, max_length=MAX_ITEMS), at_most(MAX_ITEMS)]


class ItemErrorView(BaseModel):
    """`code` is one of those of problems (docs/api.md)."""

    code: str
    detail: str


class BatchItemView(BaseModel):
    """What has become of the item with this number in the call, from 0: `photo` and, unless it is fetched,
    its form; or `error`."""

    index: int
    external_id: str
    photo_id: str | None = None
    photo: str | None = None
    upload: FormView | None = None
    error: ItemErrorView | None = None


class BatchView(BaseModel):
    """`batch` is the address of the batch, relative to `/v1/`."""

    batch_id: str
    livemode: bool
    batch: str
    created_at: datetime
    accepted: int
    refused: int
    items: list[BatchItemView]


def batch_view(
    batch: Batch,
    ordered: Sequence[Order],
    placed: Sequence[Photo | LimnerError],
    form: Callable[[Photo, Order], UploadForm],
    max_bytes: int,
) -> BatchView:
    items = []
    for index, (order, each) in enumerate(zip(ordered, placed, strict=True)):
        item = BatchItemView(index=index, external_id=order.external_id or "")
        if isinstance(each, LimnerError):
            item.error = ItemErrorView(code=each.code, detail=str(each))
        else:
            item.photo_id, item.photo = each.photo_id, f"photos/{each.photo_id}"
            if order.import_url is None:
                item.upload = form_view(form(each, order), max_bytes)
        items.append(item)
    return BatchView(
        batch_id=batch.batch_id,
        livemode=is_live(batch.tenant),
        batch=f"batches/{batch.batch_id}",
        created_at=batch.created_at,
        accepted=len(batch.photo_ids),
        refused=len(batch.refused),
        items=items,
    )


class RefusedItemView(BaseModel):
    index: int
    error: ItemErrorView


class BatchProgressView(BaseModel):
    """What the batch's photos are now. `photos` counts them by status, `outcomes` all items by how they have
    ended; the event `batch.completed` has the outcomes of `completed_at`."""

    batch_id: str
    livemode: bool
    created_at: datetime
    completed_at: datetime | None
    is_finished: bool
    accepted: int
    photos: dict[PhotoStatus, int]
    gone: int
    outcomes: BatchOutcomes
    refused: list[RefusedItemView]


def progress_view(progress: BatchProgress) -> BatchProgressView:
    batch = progress.batch
    return BatchProgressView(
        batch_id=batch.batch_id,
        livemode=is_live(batch.tenant),
        created_at=batch.created_at,
        completed_at=batch.completion.at if batch.completion else None,
        is_finished=progress.is_finished,
        accepted=len(batch.photo_ids),
        photos={status: progress.statuses.get(status, 0) for status in PhotoStatus},
        gone=progress.outcomes.gone,
        outcomes=progress.outcomes,
        refused=[
            RefusedItemView(index=each.index, error=ItemErrorView(code=each.code, detail=each.message))
            for each in batch.refused
        ],
    )
