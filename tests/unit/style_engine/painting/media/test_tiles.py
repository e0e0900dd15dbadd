"""Mosaic and stained glass: finite on any picture, the same at every resolution, lettering stays readable."""

import pytest
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F

from style_engine.imaging import tensors
from style_engine.painting.media import panes, tesserae, tiles
from style_engine.painting.media.subject import Subject

MEDIA = (tiles.mosaic, tiles.stained_glass)


def subject(photo: Tensor, text: Tensor | None = None) -> Subject:
    plane = torch.zeros_like(photo[:, :1])
    return Subject(photo, photo, plane + 1, plane if text is None else text)


def disc(side: int) -> Tensor:
    """A red disc with a blue square on a grey background."""
    rows, columns = torch.meshgrid(*[(torch.arange(side) + 0.5) / side] * 2, indexing="ij")
    photo = torch.full((3, side, side), 0.6)
    photo[:, (rows - 0.5) ** 2 + (columns - 0.5) ** 2 < 0.12] = torch.tensor([0.8, 0.2, 0.15])[:, None]
    photo[:, (rows - 0.5).abs().maximum((columns - 0.5).abs()) < 0.15] = torch.tensor([0.1, 0.2, 0.7])[
        :, None
    ]
    return photo[None]


def label(side: int) -> Tensor:
    image = Image.new("RGB", (side, side), (235, 230, 220))
    ImageDraw.Draw(image).text((side * 0.1, side * 0.35), "TEA 25", fill=(30, 30, 40), font_size=side * 0.22)
    return tensors.to_tensor(image)


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("photo", [torch.zeros(1, 3, 33, 47), torch.ones(1, 3, 47, 33), disc(8), disc(64)])
def test_any_picture_is_painted_in_range_and_always_alike(medium, photo):
    painted = medium(subject(photo))
    assert painted.shape == photo.shape
    assert torch.isfinite(painted).all()
    assert 0 <= painted.min() <= painted.max() <= 1
    assert torch.equal(painted, medium(subject(photo)))


@pytest.mark.parametrize("medium", MEDIA)
def test_the_same_work_at_twice_the_resolution(medium):
    large = disc(720)
    pictures = [F.interpolate(large, size=(360, 360), mode="area"), large]
    means = [F.interpolate(medium(subject(picture)), size=(15, 15), mode="area") for picture in pictures]
    assert (means[0] - means[1]).abs().mean() < 0.04


@pytest.mark.parametrize("medium", MEDIA)
def test_lettering_keeps_its_contrast(medium):
    photo = label(360)
    letters = (photo.mean(1, keepdim=True) < 0.5).float()
    near = F.max_pool2d(letters, 9, 1, 4)
    painted = medium(subject(photo, near)).mean(1, keepdim=True)
    inside, around = painted[letters > 0].mean(), painted[(near > 0) & (letters == 0)].mean()
    assert around - inside > 0.4


def test_pieces_do_not_straddle_an_edge():
    photo = torch.full((1, 3, 200, 200), 0.2)
    photo[..., 93:] = 0.8
    owner, side = tesserae.arrange(subject(photo), torch.zeros(1, 1, 200, 200))
    share = tiles.mean_colours(owner, (photo > 0.5).float(), len(side))[:, 0]
    assert ((share < 0.1) | (share > 0.9)).float().mean() > 0.95


def test_tesserae_are_smaller_where_there_is_detail():
    fine = torch.zeros(1, 1, 300, 300)
    fine[..., 150:] = 1.0
    owner, _ = tesserae.arrange(subject(torch.full((1, 3, 300, 300), 0.5)), fine)
    assert len(owner[:, 200:].unique()) > 4 * len(owner[:, :100].unique())


def test_panes_follow_the_contours_and_spare_what_is_kept_whole():
    photo = disc(300)
    cut = panes.cut_panes(subject(photo), torch.zeros(1, 1, 300, 300))
    at = {place: int(cut.pane[place]) for place in ((150, 150), (150, 230), (10, 10))}
    assert len(set(at.values())) == 3
    whole = panes.cut_panes(subject(photo), torch.ones(1, 1, 300, 300))
    assert whole.count < cut.count


def test_plain_surfaces_are_divided_into_panes_of_like_size():
    photo = torch.full((1, 3, 320, 320), 0.5)
    cut = panes.cut_panes(subject(photo), torch.zeros(1, 1, 320, 320))
    areas = cut.pane.flatten().bincount().float()
    assert 30 < cut.count < 120
    assert areas.max() < 4 * areas.min()


def test_lattice_lines_lie_between_panes_and_contours_on_edges():
    photo = disc(300)
    cut = panes.cut_panes(subject(photo), torch.zeros(1, 1, 300, 300))
    near = torch.minimum(cut.margin, cut.lattice)[0, 0]
    border = (cut.pane[:, 1:] != cut.pane[:, :-1])[2:-2, 2:-2]
    assert near[:, 1:][2:-2, 2:-2][border].mean() < 2


def test_the_background_is_cut_by_diamonds():
    product = torch.zeros(1, 1, 300, 300)
    product[..., 100:200, 100:200] = 1
    photo = 0.3 + 0.4 * product.expand(-1, 3, -1, -1)
    cut = panes.cut_panes(
        Subject(photo, photo, product, torch.zeros_like(product)), torch.zeros(1, 1, 300, 300)
    )
    inside, outside = cut.pane[110:190, 110:190].unique(), cut.pane[:90].unique()
    assert not set(inside.tolist()) & set(outside.tolist())
    assert len(outside) > 10


@pytest.mark.parametrize("shade", [0.04, 0.12, 0.9])
def test_joints_of_tesserae_are_visible_in_dark_and_light(shade):
    painted = tiles.mosaic(subject(torch.full((1, 3, 240, 240), shade)))
    assert painted.mean(1).std() > 0.02
