"""The demo's page shows what was done to each picture."""

from local.demo.gallery import write_gallery
from local.demo.pictures import GalleryRow, StyledImage

STYLE_NAMES = {"oil": "Oil paint", "enhance": "Enhanced photo", "auto": "Automatic"}
REPORT = {
    "photos": [],
    "totals": {"ready": 1, "photos": 1, "pictures": 2},
    "seconds": {"photos": 1.0},
    "memory": {"peak_mb": 900},
    "machine": {"processor": "a <fast> one", "cores": 2, "memory_gb": 4},
}


def styled(style, **changes):
    fields = {"name": style, "styles": {style: 1.0}, "strength": 1.0, "protection": "off"}
    fields |= {
        "shown": f"pictures/{style}.webp",
        "full": f"pictures/{style}.jpg",
        "width": 640,
        "height": 480,
        "bytes": 1000,
        "metrics": {},
    }
    return StyledImage(**(fields | {"verdict": "", "steps": (), "reasons": ()} | changes))


def page(tmp_path, **changes):
    verdict = "Strength lowered to 60 % to keep the text legible."
    fields = {"filename": "mug & <lid>.jpg", "original": "o.jpg", "width": 640, "height": 480, "seconds": 1.0}
    row = GalleryRow(**(fields | {"enhanced": None, "styled": [styled("oil", verdict=verdict)]} | changes))
    return write_gallery(tmp_path, [row], REPORT, STYLE_NAMES).read_text()


def test_the_verdict_is_shown_and_file_names_are_escaped(tmp_path):
    text = page(tmp_path)
    assert "Strength lowered to 60 % to keep the text legible." in text
    assert "mug &amp; &lt;lid&gt;.jpg" in text
    assert "Enhanced" not in text


def test_the_enhanced_photo_is_shown_beside_the_original(tmp_path):
    text = page(tmp_path, enhanced=styled("enhance", steps=("brightened by 0.4 EV", "warmer")))
    assert text.index("<b>Original</b>") < text.index("<b>Enhanced</b>") < text.index("<b>Oil paint</b>")
    assert "brightened by 0.4 EV; warmer" in text


def test_strength_and_protection_are_shown(tmp_path):
    text = page(tmp_path, styled=[styled("oil"), styled("oil", protection="strict", strength=0.6)])
    assert "at 100%, nothing protected" in text
    assert "at 60%, product kept as it is" in text


def test_the_style_chosen_by_auto_is_shown_with_its_reasons(tmp_path):
    chosen = styled("oil", verdict="Passed every check.", reasons=("The product is dark.",))
    text = page(tmp_path, styled=[chosen])
    assert "<b>Automatic: Oil paint</b>" in text
    assert "Passed every check. The product is dark." in text
