"""The networks and style vectors that a FuseNet run trains."""

import torch
from torch import Tensor, nn

from style_engine.network.fusenet import FuseNet, PhotoEncoder, StyleHead, affine_size, injection_size

CATALOGUE_PARAMETERS = frozenset({"affines", "injections"})


class StyleNetworks(nn.Module):
    """FuseNet, style head, photo encoder, and one vector for each catalogue style."""

    def __init__(self, styles: int, widths: tuple[int, int, int] = (24, 48, 96)) -> None:
        super().__init__()
        self.net = FuseNet(widths)
        self.head = StyleHead(widths)
        self.encoder = PhotoEncoder(widths)
        self.affines = nn.Parameter(torch.zeros(styles, affine_size(widths)))
        self.injections = nn.Parameter(torch.zeros(styles, injection_size(widths)))

    @property
    def vectors(self) -> Tensor:
        """(styles, vector_size) of the catalogue; two parameters, as their learning rates differ."""
        return torch.cat([self.affines, self.injections], 1)

    @torch.no_grad()
    def set_vectors(self, vectors: Tensor) -> None:
        affines, injections = vectors.split([self.affines.shape[1], self.injections.shape[1]], 1)
        self.affines.copy_(affines)
        self.injections.copy_(injections)
