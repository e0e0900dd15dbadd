"""Learn a style from one picture and paint a photo with it.

    python examples/learn_style.py painting.jpg mug.jpg --out styled.png --strength 0.8

The style is one vector, computed in one pass of VGG-19 and the style head; nothing is trained. It is
saved beside the picture as <name>.safetensors, which `python -m style_engine stylize --learned` reads too.
"""

import argparse
from pathlib import Path

from photo_files.on_disk import read_photo
from style_engine import Look, Protection, Stylizer
from style_engine.network.styles import save_style
from style_engine.perceptual.learn import learn_style

MODEL = Path(__file__).parents[1] / "engine" / "models" / "fusenet-lite"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Paint a photo in the style of a picture.")
    parser.add_argument("picture", type=Path, help="picture in the style")
    parser.add_argument("photo", type=Path, help="photo to paint")
    parser.add_argument("--out", type=Path, default=Path("styled.png"))
    parser.add_argument("--name", default="mine", help="id of the style")
    parser.add_argument("--strength", type=float, default=1.0, help="0 (the photo) to 1")
    options = parser.parse_args(arguments)

    stylizer = Stylizer.load(MODEL)
    style = learn_style(
        stylizer.model, [read_photo(options.picture).image], options.name, options.picture.stem
    )
    save_style(style, options.picture.with_name(f"{style.id}.safetensors"))

    look = Look({style.id: 1}, options.strength, Protection.SOFT, enhance=True)
    (picture,) = stylizer.with_style(style).stylize_all(read_photo(options.photo).image, [look])
    picture.image.save(options.out)
    verdict = picture.verdict
    print(f"{options.out}: {verdict.outcome} at {verdict.strength:.0%}", *verdict.refused_by)


if __name__ == "__main__":
    main()
