"""The catalogue lists exactly the styles that the container can paint."""

import io
import json

from PIL import Image, ImageChops, ImageStat

from limner.catalogue import built_in, catalogue
from limner.looks import AUTO, ENHANCE, Look, stands_alone
from style_engine import Stylizer
from style_engine.grade.presets import PRESETS
from tests.template_reader import ROOT
from training.styles.publish import PREVIEW_SHEET, write_preview_sheet

MODELS = ROOT / "engine/models"
PREVIEWS = ROOT / "functions/storefront/pages/previews"


def test_the_catalogue_matches_the_released_model():
    """`make catalogue` updates it after a release."""
    listed = catalogue()
    stylizer = Stylizer.load(MODELS / listed.model_name)
    assert listed.model_version == stylizer.version
    painted = stylizer.styles.values()
    assert [(style.id, style.tags) for style in listed.styles] == [
        (style.id, style.tags) for style in painted
    ]


def test_built_in_styles_can_be_ordered_and_stand_alone():
    ids = [style.id for style in built_in()]
    assert ids == [AUTO, ENHANCE, *PRESETS]
    assert all(map(stands_alone, ids))
    assert catalogue().missing(tuple(Look(styles={style: 1.0}) for style in ids)) == []
    assert catalogue().missing((Look(styles={"grade-nosuch": 1.0}),)) == ["grade-nosuch"]
    for style in built_in():
        assert {"en", "zh", "es", "de", "fr", "ja"} <= set(style.words)


def test_every_style_has_a_preview_and_words():
    for style in catalogue().offered:
        assert (PREVIEWS / f"{style.id}.webp").is_file(), style.id
        assert {"en", "zh", "es", "de", "fr", "ja"} <= set(style.words)


def test_the_sheet_of_previews_is_of_the_previews_that_there_are():
    """The page takes its tiles from it. `write_preview_sheet` makes it again."""
    again = io.BytesIO()
    write_preview_sheet(again)
    with Image.open(PREVIEW_SHEET) as kept, Image.open(again) as made:
        assert kept.size == made.size
        assert kept.height == kept.width * len(catalogue().offered)
        difference = ImageChops.difference(kept.convert("RGB"), made.convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) < 1


def test_the_catalogue_file_is_json():
    text = (ROOT / "layers/common/limner/catalogue.json").read_text("utf-8")
    assert json.loads(text)["styles"]
