"""The loaded models of a stylizer, on the CPU or a GPU."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import torch

from .errors import DeviceRefused
from .grade.lut import Grader
from .network.model import Model, load_model
from .regions.finder import RegionFinder
from .safety.gates import GateLimits

REGIONS_FOLDER, GRADE_FOLDER = "regions-lite", "grade-lite"
CPU: Final = torch.device("cpu")


@dataclass(frozen=True)
class LoadedModels:
    """The loaded models and gate limits; `reference`: the same models on the CPU if these are on a GPU."""

    model: Model
    finder: RegionFinder
    grader: Grader
    limits: GateLimits
    reference: "LoadedModels | None" = None

    @classmethod
    def load(cls, folder: Path, device: torch.device = CPU) -> "LoadedModels":
        """The painting model of a folder, and the region and grade models in the folders beside it.

        Raises ModelRefused, and DeviceRefused if CUDA is not available.
        """
        if device.type == "cuda" and not torch.cuda.is_available():
            raise DeviceRefused("CUDA is not available: the driver is missing or older than torch needs")
        on_cpu = cls(
            model=load_model(folder),
            finder=RegionFinder.load(folder.parent / REGIONS_FOLDER),
            grader=Grader.load(folder.parent / GRADE_FOLDER),
            limits=GateLimits.load(),
        )
        return on_cpu if device == CPU else on_cpu.to(device)

    def to(self, device: torch.device) -> "LoadedModels":
        """The same models on a GPU, the painting network in fp16."""
        torch.backends.cudnn.allow_tf32 = False  # TF32 is too imprecise for the fp32 networks
        model, finder = self.model.to(device, torch.float16), self.finder.to(device)
        return replace(self, model=model, finder=finder, reference=self)

    @property
    def on_cpu(self) -> "LoadedModels":
        """These models on the CPU, in fp32."""
        return self.reference or self

    @property
    def version(self) -> str:
        """Twelve hex digits of a hash over all weights, styles and limits."""
        versions = [self.model.version, self.finder.version, self.grader.version, repr(self.limits)]
        return hashlib.sha256("\n".join(versions).encode()).hexdigest()[:12]
