"""The composition root of reviews, in the session of the tenant (`limner.bootstrap.storefront`)."""

from limner.bootstrap import pipeline
from limner.bootstrap.orders import order_looks
from limner.bootstrap.storefront import cursors, tenant_stores
from limner.use_cases.review_pictures import DecideReview, GetReview, ListDecisions, ListReviews, RedoPicture


def list_reviews(tenant: str) -> ListReviews:
    return ListReviews(reviews=tenant_stores(tenant).reviews, cursors=cursors())


def get_review(tenant: str) -> GetReview:
    return GetReview(photos=tenant_stores(tenant).photos)


def list_decisions(tenant: str) -> ListDecisions:
    return ListDecisions(reviews=tenant_stores(tenant).reviews, cursors=cursors())


def decide_review(tenant: str) -> DecideReview:
    stores = tenant_stores(tenant)
    return DecideReview(
        photos=stores.photos,
        reviews=stores.reviews,
        count_rejection=stores.recommendations.count_rejection,
        now=pipeline.now,
    )


def redo_picture(tenant: str) -> RedoPicture:
    return RedoPicture(
        photos=tenant_stores(tenant).photos, order_looks=order_looks(tenant), decide=decide_review(tenant)
    )
