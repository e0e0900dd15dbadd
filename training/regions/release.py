"""Turn a run's averaged weights into a model folder.

`python -m training.regions.release --run DIR --out engine/models/regions-lite`
The model card README.md in that folder stays, and the trust until `training.regions.evaluate --fit`.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final

import torch

from style_engine.regions.finder import REGIONS_FORMAT
from style_engine.regions.segmentation_net import RegionNet

from ..fusenet.release import write_sums, write_weights

NAME: Final = "regions-lite"
LONG_SIDE: Final = 320  # px of the net's copy of a photo
LEAST_CONFIDENCE: Final = 0.25  # below it no product is found
FIRST_CONFIDENCE: Final = {"bias": -8.0, "certainty": 10.0, "plain_background": -3.0, "agreement": 6.0}


def release(net: RegionNet, out: Path) -> None:
    """Write the weights as fp16 safetensors, the settings, and the checksums."""
    out.mkdir(parents=True, exist_ok=True)
    kept = {name: tensor for name, tensor in net.state_dict().items() if tensor.is_floating_point()}
    write_weights(kept, NAME, out)
    config = {
        "format": REGIONS_FORMAT,
        "name": NAME,
        "widths": list(net.widths),
        "long_side": LONG_SIDE,
        "least_confidence": LEAST_CONFIDENCE,
        "confidence": FIRST_CONFIDENCE,
    }
    write_config(config | _kept_confidence(out), out)


def write_config(config: dict[str, Any], out: Path) -> None:
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    write_sums(out)


def _kept_confidence(out: Path) -> dict[str, Any]:
    if not (out / "config.json").exists():
        return {}
    config = json.loads((out / "config.json").read_text("utf-8"))
    return {name: config[name] for name in ("confidence", "trust") if name in config}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    net = RegionNet()
    net.load_state_dict(torch.load(options.run / "checkpoint.pt", weights_only=True)["average"])
    release(net, options.out)


if __name__ == "__main__":
    main()
