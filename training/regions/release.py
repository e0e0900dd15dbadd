"""Write the averaged weights of a region run as a model folder.

`python -m training.regions.release --run DIR --out engine/models/regions-lite`
The model card README.md in that folder stays; so does its confidence model, which
`training.regions.evaluate measure --fit` fits anew.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from style_engine.regions.finder import REGIONS_FORMAT, ConfidenceModel
from style_engine.regions.segmentation_net import RegionNet

from ..shared import cli
from ..shared.release import write_model
from ..shared.run import read_averaged_weights

NAME: Final = "regions-lite"
LONG_SIDE_PX: Final = 320  # of the network's copy of a photo
MIN_CONFIDENCE: Final = 0.25  # below it no product is found
INITIAL_CONFIDENCE: Final = {"bias": -8.0, "certainty": 10.0, "plain_background": -3.0, "agreement": 6.0}


def release(net: RegionNet, out: Path) -> None:
    """Write config, weights and checksums."""
    weights = {name: tensor for name, tensor in net.state_dict().items() if tensor.is_floating_point()}
    config = {
        "format": REGIONS_FORMAT,
        "name": NAME,
        "widths": list(net.widths),
        "long_side": LONG_SIDE_PX,
        "least_confidence": MIN_CONFIDENCE,
        "confidence": _released_confidence(out),
    }
    write_model(out, config, weights)


def _released_confidence(out: Path) -> Mapping[str, float]:
    """The confidence model of the release that is replaced, if there is one."""
    if not (out / "config.json").exists():
        return INITIAL_CONFIDENCE
    config = json.loads((out / "config.json").read_text("utf-8"))
    return asdict(ConfidenceModel.from_config(config))


def main(run: cli.RunOption, out: cli.ModelOutOption) -> None:
    net = RegionNet()
    net.load_state_dict(read_averaged_weights(run))
    release(net, out)


if __name__ == "__main__":
    cli.run(main, __doc__)
