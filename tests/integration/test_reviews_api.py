"""Review by the API: the queue, decisions, what is shown because of them, their record and report."""

import boto3
import pytest
from fastapi.testclient import TestClient

from limner.adapters.tenants import DynamoDbTenants
from limner.bootstrap import pipeline, storefront
from limner.campaigns.campaign import CampaignStatus, Counts, Member, MemberOutcome, Run
from limner.erasure import Erasure
from limner.errors import StaleWrite
from limner.keys import attempt_prefix, job_id_for, upload_key
from limner.looks import Look
from limner.photos import Failure
from limner.recommendation.arms import arm_of_look
from limner.recommendation.rates import estimate
from limner.recommendation.visits import REJECTION_VISITS, Subjects
from limner.report import Gate, StyledPicture, Verdict
from limner.reviews.decisions import Decision, decided, pictures_in_review
from tests import makers
from tests.callers import Gateway, caller
from tests.campaign_world import photo_key
from tests.function_modules import load
from tests.integration.conftest import NAMES

OTHER_TENANT = "south"
STRONG, WEAK = (Look(styles={"oil": 1.0}, strength=strength) for strength in (0.8, 0.6))
FLAT = Look(styles={"flat": 1.0})
VISITOR = "a" * 64


def verdict(look, delta_e):
    gate = Gate(name="delta_e", value=delta_e, limit=7.0, passed=True)
    return Verdict(outcome="passed", strength=look.strength, gates=(gate,))


class Shop:
    """Photos of one tenant that the pipeline finishes."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.photos = pipeline.photos(NAMES["PhotosTable"])

    def finish(self, number=0, looks=(STRONG,), delta_e=6.9, *, is_reviewed=True, sequencer=None):
        """The photo with pictures of these looks. Pictures with a ΔE of 6.9 of 7 need a person's decision."""
        key = photo_key(number, self.tenant)
        source = makers.source(key=upload_key(key), sequencer=sequencer or makers.SEQUENCER)
        ordered = makers.photo(tenant=self.tenant, photo_id=key.photo_id, looks=looks, source=source)
        if sequencer:
            self.photos.allow_replacement(key, self.photos.get(key).source.sequencer)
        row = self.photos.record_upload(ordered)
        if row.variants is None or row.newest.variants is None:
            self.photos.record_variants(key, makers.variants(sequencer=source.sequencer))
        self.make(key, delta_e, is_reviewed=is_reviewed)
        return key

    def make(self, key, delta_e=6.9, *, is_reviewed=True):
        """The pictures that are ordered and missing."""
        photo = self.photos.get(key)
        looks = photo.missing_looks
        job_id = job_id_for(key, photo.source, looks, "m@1")
        job = makers.job(
            job_id=job_id,
            is_reviewed=is_reviewed,
            sequencer=photo.source.sequencer,
            revision=photo.revision,
        )
        self.photos.lease(key, job, int(makers.NOON.timestamp()), makers.charge())
        new = tuple(
            StyledPicture(
                look=look,
                renditions=(makers.rendition(key=f"{attempt_prefix(job_id, '1')}{look.slug}/full.jpg"),),
                metrics={},
                verdict=verdict(look, delta_e),
            )
            for look in looks
        )
        before = photo.published.pictures if photo.published else ()
        results = makers.results(
            pictures=(*before, *new),
            sequencer=photo.source.sequencer,
            revision=photo.revision,
            finished_at=pipeline.now(),
        )
        self.photos.record_results(key, results)


def client_of(tenant, key_id="lk_1"):
    context = caller(tenant=tenant).context() | {"key_id": key_id}
    return TestClient(Gateway(load("storefront").app, context), raise_server_exceptions=False)


@pytest.fixture
def api(storefront_aws, router_queues, tenants_table, function_environment):
    function_environment("StorefrontFunction")
    for tenant in (makers.TENANT, OTHER_TENANT):
        DynamoDbTenants(tenants_table).put(makers.tenant(tenant=tenant), 0)
    return client_of(makers.TENANT)


@pytest.fixture
def shop(api):
    return Shop(makers.TENANT)


def queue(api, **params):
    answer = api.get("/v1/reviews", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["reviews"]


def do(api, review, action, body=None, status=200, **headers):
    answer = api.post(f"/v1/reviews/{review['review_id']}/{action}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def recommended(api, key):
    params = {"photo": key.photo_id, "visitor": VISITOR}
    return api.get("/v1/recommendations", params=params).json()["look_name"]


def test_a_picture_that_the_gates_are_not_sure_of_waits_and_is_shown_once_it_is_approved(api, shop):
    key = shop.finish()
    (waiting,) = queue(api)
    assert waiting["photo_id"] == key.photo_id
    assert waiting["state"] == waiting["picture"]["review"] == "waiting"
    assert waiting["unsure_gates"] == ["delta_e"]
    assert waiting["original"]
    assert waiting["picture"]["renditions"]
    assert recommended(api, key) is None
    approved = do(api, waiting, "approve")
    assert (approved["state"], approved["reason"]) == ("approved", None)
    assert queue(api) == []
    assert recommended(api, key) == STRONG.slug
    assert api.get(f"/v1/reviews/{waiting['review_id']}").json()["state"] == "approved"
    (card,) = api.get(f"/v1/photos/{key.photo_id}").json()["results"]
    assert card["review"] == "approved"


def test_a_picture_that_the_gates_are_sure_of_is_shown_alone(api, shop):
    key = shop.finish(delta_e=1.0)
    assert queue(api) == []
    assert recommended(api, key) == STRONG.slug
    assert api.get(f"/v1/photos/{key.photo_id}").json()["results"][0]["review"] is None


def test_while_review_is_off_nothing_waits(api, shop):
    key = shop.finish(is_reviewed=False)
    assert queue(api) == []
    assert recommended(api, key) == STRONG.slug


def test_those_that_have_waited_longest_come_first_page_by_page(api, shop):
    keys = [shop.finish(number) for number in (3, 1, 2)]
    seen, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = api.get("/v1/reviews", params=params).json()
        seen += [each["photo_id"] for each in page["reviews"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [key.photo_id for key in keys]


def test_a_cursor_is_good_for_its_own_list_alone(api, shop):
    for number in range(2):
        shop.finish(number)
    cursor = api.get("/v1/reviews", params={"limit": 1}).json()["next_cursor"]
    answer = api.get("/v1/reviews", params={"limit": 1, "cursor": cursor, "style": "oil"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_the_queue_can_be_filtered(api, shop):
    shop.finish(looks=(STRONG, FLAT))
    assert len(queue(api)) == 2
    assert [each["picture"]["name"] for each in queue(api, style="flat")] == [FLAT.slug]
    assert len(queue(api, gate="delta_e")) == 2
    assert queue(api, gate="text") == queue(api, tag="spring") == []


def test_a_rejected_picture_is_never_shown_and_its_reason_is_counted(api, shop):
    key = shop.finish()
    (waiting,) = queue(api)
    rejection = {"reason": "wrong_colours", "comment": "Zu dunkel."}
    rejected = do(api, waiting, "reject", rejection)
    assert (rejected["state"], rejected["reason"]) == ("rejected", "wrong_colours")
    assert recommended(api, key) is None
    assert [each["review_id"] for each in queue(api, state="rejected")] == [waiting["review_id"]]
    assert queue(api, state="rejected", reason="artefacts") == []
    report = api.get("/v1/reviews/report").json()
    expected = {"approved": 0, "rejected": 1, "redone": 0, "reasons": {"wrong_colours": 1}}
    assert report["total"] == report["styles"]["oil"] == expected


def test_a_decision_is_recorded_with_who_and_when(api, shop):
    shop.finish()
    (waiting,) = queue(api)
    do(client_of(makers.TENANT, "lk_anna"), waiting, "reject", {"reason": "artefacts"})
    do(client_of(makers.TENANT, "lk_ben"), waiting, "approve")
    (first, second) = api.get("/v1/reviews/decisions").json()["decisions"]
    assert (first["by"], first["state"], first["reason"]) == ("lk_anna", "rejected", "artefacts")
    assert (second["by"], second["state"], second["reason"]) == ("lk_ben", "approved", None)
    assert first["at"] < second["at"]
    assert first["review_id"] == waiting["review_id"]
    page = api.get("/v1/reviews/decisions", params={"limit": 1}).json()
    rest = api.get("/v1/reviews/decisions", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert [*page["decisions"], *rest["decisions"]] == [first, second]
    assert api.get("/v1/reviews/decisions", params={"day": "2026-01-01"}).json()["decisions"] == []


def test_the_same_decision_again_is_recorded_once(api, shop):
    shop.finish()
    (waiting,) = queue(api)
    first = do(api, waiting, "approve", **{"Idempotency-Key": "k1"})
    assert do(api, waiting, "approve", **{"Idempotency-Key": "k1"}) == first
    assert do(api, waiting, "approve")["decided_at"] == first["decided_at"]
    assert len(api.get("/v1/reviews/decisions").json()["decisions"]) == 1


def test_another_comment_is_another_decision(api, shop):
    shop.finish()
    (waiting,) = queue(api)
    for comment in ("a hand", "a hand", "the handle is gone", None):
        do(api, waiting, "reject", {"reason": "artefacts", "comment": comment})
    decisions = api.get("/v1/reviews/decisions").json()["decisions"]
    assert [each["comment"] for each in decisions] == ["a hand", "the handle is gone"]
    store = storefront.tenant_stores(makers.TENANT).recommendations
    tallies = store.tallies(makers.TENANT, Subjects(waiting["photo_id"]))
    assert tallies.photo["oil@8"].expected == pytest.approx(REJECTION_VISITS), "counted once"


def test_a_decision_does_not_write_back_the_status_that_the_photo_had_before_an_order(api, shop):
    key = shop.finish()
    before = shop.photos.get(key)
    (reviewed,) = pictures_in_review(before)
    (waiting,) = queue(api)
    do(api, waiting, "redo", {}, 202)
    decision = Decision(
        photo_id=key.photo_id, picture_id=reviewed.review.picture_id, look=STRONG.slug, styles=("oil",),
        state="approved", by="lk_1", at=pipeline.now(),
    )  # fmt: skip
    reviews = storefront.tenant_stores(makers.TENANT).reviews
    stale = before.model_copy(update={"reviews_version": shop.photos.get(key).reviews_version})
    with pytest.raises(StaleWrite):
        reviews.decide(stale, decided(reviewed, decision), decision)
    listed = api.get("/v1/photos", params={"status": "READY"}).json()["photos"]
    assert key.photo_id not in [each["photo_id"] for each in listed]


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": "ugly"}, {"reason": "other"}, {"reason": "artefacts", "comment": "x" * 501}],
)
def test_a_rejection_needs_a_reason_of_the_list_and_other_a_comment(api, shop, body):
    shop.finish()
    (waiting,) = queue(api)
    assert do(api, waiting, "reject", body, 422)["code"] == "invalid_request"
    assert len(queue(api)) == 1


def test_redone_pictures_leave_the_queue_and_their_place_is_taken_by_the_new_one(api, shop):
    key = shop.finish()
    (waiting,) = queue(api)
    redone = do(api, waiting, "redo", {}, 202)
    assert (redone["state"], redone["redone_as"]) == ("redone", WEAK.slug)
    photo = shop.photos.get(key)
    assert [look.slug for look in photo.looks] == [STRONG.slug, WEAK.slug]
    assert do(api, waiting, "redo", {}, 202)["decided_at"] == redone["decided_at"]
    assert len(shop.photos.get(key).looks) == 2
    shop.make(key, delta_e=1.0)
    assert queue(api) == []
    assert recommended(api, key) == WEAK.slug


def test_a_redone_look_that_has_failed_is_ordered_again(api, shop):
    key = shop.finish()
    (waiting,) = queue(api)
    do(api, waiting, "redo", {}, 202)
    photo = shop.photos.get(key)
    failure = Failure(
        sequencer=makers.SEQUENCER,
        revision=photo.revision,
        code="stylization_failed",
        message="",
        at=makers.NOON,
    )
    shop.photos.record_failure(key, failure)
    do(api, waiting, "redo", {}, 202)
    assert shop.photos.get(key).revision == photo.revision + 1


@pytest.mark.parametrize("strength", [0.8, 0.9, 0.001])
def test_a_picture_is_redone_with_a_lower_strength_alone(api, shop, strength):
    key = shop.finish()
    (waiting,) = queue(api)
    assert do(api, waiting, "redo", {"strength": strength}, 422)["code"] == "invalid_request"
    assert len(shop.photos.get(key).looks) == 1


def test_a_replaced_file_reopens_the_review(api, shop):
    key = shop.finish()
    (waiting,) = queue(api)
    do(api, waiting, "approve")
    shop.finish(sequencer="0062" + "0" * 28)
    (again,) = queue(api)
    assert again["review_id"] != waiting["review_id"]
    assert recommended(api, key) is None
    assert do(api, waiting, "approve", status=404)["code"] == "review_not_found"


def test_a_restored_picture_stays_rejected(api, shop, buckets):
    key = shop.finish(looks=(STRONG,))
    (waiting,) = queue(api)
    do(api, waiting, "reject", {"reason": "too_strong"})
    photo = shop.photos.get(key)
    restored = photo.model_copy(
        update={
            "revision": photo.revision + 1,
            "results": photo.results.model_copy(update={"revision": photo.revision + 1}),
            "updated_at": pipeline.now(),
        }
    )
    shop.photos.revise(photo, restored)
    assert recommended(api, key) is None
    assert [each["review_id"] for each in queue(api, state="rejected")] == [waiting["review_id"]]


def test_another_tenant_has_neither_the_queue_nor_its_pictures(api, shop):
    shop.finish()
    (waiting,) = queue(api)
    other = client_of(OTHER_TENANT)
    assert queue(other) == []
    assert other.get(f"/v1/reviews/{waiting['review_id']}").status_code == 404
    assert do(other, waiting, "approve", status=404)["code"] == "photo_not_found"
    assert other.get("/v1/reviews/decisions").json()["decisions"] == []
    assert other.get("/v1/reviews/report").json()["total"]["approved"] == 0


def test_an_erased_photo_leaves_the_queue_and_nothing_of_its_reviews(api, shop):
    key, now = shop.finish(), pipeline.now()
    erasure = Erasure(**key.__dict__, requested_at=now, requested_by="lk_1", last_check_at=now)
    storefront.tenant_stores(makers.TENANT).erasures.begin(erasure, int(now.timestamp()))
    assert queue(api) == []
    row = boto3.resource("dynamodb").Table(NAMES["PhotosTable"]).get_item(Key={"photo_key": str(key)})["Item"]
    assert not {"reviews", "reviews_version", "review_key", "review_at"} & row.keys()


def test_a_rejection_counts_against_the_look_in_recommendations_once(api, shop):
    """For the photo, and for every other one of the shop: as visits without a reward."""
    key = shop.finish()
    (waiting,) = queue(api)
    for _ in range(2):
        do(api, waiting, "reject", {"reason": "product_changed"})
    other = Subjects(photo_id="f" * 32)
    store = storefront.tenant_stores(makers.TENANT).recommendations
    rejected = store.tallies(makers.TENANT, Subjects(key.photo_id))
    assert rejected.photo["oil@8"].expected == pytest.approx(REJECTION_VISITS)
    arm = arm_of_look(STRONG, STRONG.strength)
    unseen = estimate(arm_of_look(FLAT, 1.0), store.tallies(makers.TENANT, other))
    assert estimate(arm, store.tallies(makers.TENANT, other)).expected < unseen.expected


def test_a_campaign_shows_the_approved_pictures_and_what_others_were_redone_as(api, shop):
    """And nothing of a photo of which no picture may be shown."""
    keys = [shop.finish(number, looks=(STRONG, FLAT)) for number in range(3)]
    campaign = published_campaign(api, [STRONG, FLAT], keys)
    assert shown(api, keys) == [(None, [])] * 3
    by_photo = {(each["photo_id"], each["picture"]["name"]): each for each in queue(api)}
    do(api, by_photo[keys[0].photo_id, FLAT.slug], "approve")
    do(api, by_photo[keys[1].photo_id, STRONG.slug], "redo", {"strength": 0.6}, 202)
    do(api, by_photo[keys[1].photo_id, FLAT.slug], "reject", {"reason": "artefacts"})
    shop.make(keys[1], delta_e=1.0)
    assert shown(api, keys) == [(campaign, [FLAT.slug]), (campaign, [WEAK.slug]), (None, [])]


def published_campaign(api, looks, keys):
    """Run for these photos, and published; every picture was there before."""
    campaigns = storefront.tenant_stores(makers.TENANT).campaigns
    collection = api.post("/v1/collections", json={"name": "All", "filter": {}}).json()["collection_id"]
    order = {
        "name": "Sale",
        "collection_id": collection,
        "looks": [look.model_dump(mode="json") for look in looks],
        "placement": "home",
    }
    campaign_id = api.post("/v1/campaigns", json=order).json()["campaign_id"]
    made = campaigns.get(makers.TENANT, campaign_id)
    run = Run(started_at=pipeline.now(), expected=len(keys), counts=Counts(ready=len(keys)))
    campaigns.replace(made, made.model_copy(update={"status": CampaignStatus.FINISHED, "run": run}))
    for key in keys:
        member = Member(
            photo_id=key.photo_id,
            outcome=MemberOutcome.READY,
            sequencer=makers.SEQUENCER,
            at=pipeline.now(),
            run=1,
        )
        campaigns.put_member(made.key, member)
    assert api.post(f"/v1/campaigns/{campaign_id}/publish").status_code == 200
    return campaign_id


def shown(api, keys):
    ids = ",".join(key.photo_id for key in keys)
    photos = api.get("/v1/published", params={"placement": "home", "ids": ids}).json()["photos"]
    return [(each["campaign_id"], [picture["name"] for picture in each["pictures"]]) for each in photos]
