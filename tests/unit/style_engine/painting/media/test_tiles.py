"""Mosaic and stained glass: finite on any picture, the same at every resolution, lettering stays readable."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F

from style_engine.imaging import tensors
from style_engine.painting.media import cuts, glass, panes, tesserae, tiles
from style_engine.painting.media.subject import Subject

MEDIA = (tiles.mosaic, glass.stained_glass)


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


def test_plain_surfaces_are_divided_into_few_panes_of_like_size():
    photo = torch.full((1, 3, 320, 320), 0.5)
    cut = panes.cut_panes(subject(photo), torch.zeros(1, 1, 320, 320))
    areas = cut.pane.flatten().bincount().float()
    assert 15 < cut.count < 60
    assert areas.max() < 4 * areas.min()


def test_borders_lie_between_panes():
    photo = disc(300)
    cut = panes.cut_panes(subject(photo), torch.zeros(1, 1, 300, 300))
    border = (cut.pane[:, 1:] != cut.pane[:, :-1])[2:-2, 2:-2]
    assert cut.margin[0, 0, :, 1:][2:-2, 2:-2][border].mean() < 2


def test_cuts_within_a_form_are_distinguished_from_borders_of_forms():
    photo = disc(300)
    cut = panes.cut_panes(subject(photo), torch.zeros(1, 1, 300, 300))
    near = cut.margin[0, 0] < 2
    edge = (photo[0, 0, 1:, 1:] - photo[0, 0, :-1, :-1]).abs() > 0.1
    at_edge = F.max_pool2d(edge.float()[None], 5, 1, 2)[0].bool()
    at_edge = F.pad(at_edge, (1, 0, 1, 0))
    inner = cut.inner[0, 0] > 0.5
    assert inner[near & at_edge].float().mean() < 0.2
    assert inner[near & ~at_edge].float().mean() > 0.5


def test_a_form_is_cut_between_its_light_and_its_shadow():
    columns = torch.linspace(0, 1, 300)
    photo = (0.25 + 0.5 * (columns > 0.5) * 1.0).expand(1, 3, 300, 300)
    photo = F.avg_pool2d(F.pad(photo, (40, 40, 0, 0), "replicate"), (1, 81), 1)
    cut = panes.cut_panes(subject(photo), torch.zeros(1, 1, 300, 300))
    lights = torch.stack([photo[0, 0][cut.pane == number].float().mean() for number in range(cut.count)])
    assert ((lights - 0.5).abs() > 0.1).float().mean() > 0.7


def test_skin_and_cloth_are_panes_of_their_own():
    photo = torch.full((1, 3, 240, 240), 0.5)
    skin = torch.zeros(1, 1, 240, 240)
    skin[..., :120] = 1
    plane = torch.ones_like(skin)
    cut = panes.cut_panes(Subject(photo, photo, plane, 0 * plane, skin), 0 * plane)
    assert not set(cut.pane[:, :110].unique().tolist()) & set(cut.pane[:, 130:].unique().tolist())


def test_panes_behind_the_product_are_larger_and_other_ones():
    product = torch.zeros(1, 1, 300, 300)
    product[..., 100:200, 100:200] = 1
    photo = 0.3 + 0.4 * product.expand(-1, 3, -1, -1)
    cut = panes.cut_panes(
        Subject(photo, photo, product, torch.zeros_like(product)), torch.zeros(1, 1, 300, 300)
    )
    inside, outside = cut.pane[110:190, 110:190].unique(), cut.pane[:90].unique()
    assert not set(inside.tolist()) & set(outside.tolist())
    areas = cut.pane.flatten().bincount().float()
    assert areas[outside].mean() > 1.5 * areas[inside].mean()


@pytest.mark.parametrize("shade", [0.04, 0.12, 0.9])
def test_joints_of_tesserae_are_visible_in_dark_and_light(shade):
    painted = tiles.mosaic(subject(torch.full((1, 3, 240, 240), shade)))
    assert painted.mean(1).std() > 0.02


@pytest.mark.parametrize("medium", MEDIA)
def test_a_white_hole_in_a_product_before_white_stays_white(medium):
    product = torch.zeros(1, 1, 240, 240)
    product[..., 40:200, 40:200] = 1
    photo = 1 - 0.8 * product.expand(-1, 3, -1, -1)
    photo[..., 90:150, 90:150] = 1
    painted = medium(Subject(photo, photo, product, 0 * product))
    assert painted[..., 105:135, 105:135].amin() > 0.75


def test_a_word_across_several_panes_is_put_on_one():
    rows, columns = np.indices((60, 60))
    labels = (rows >= 30).astype(np.int64) * 2 + (columns >= 25)
    whole = np.zeros((60, 60), np.float32)
    whole[20:40, 15:45] = 1
    panes_after = cuts.kept_on_one_pane(labels, np.ones_like(labels), whole, 60.0)
    assert len(np.unique(panes_after[20:40, 15:45])) == 1
    assert len(np.unique(panes_after)) == 4


def test_lettering_has_the_smallest_tesserae_and_faces_smaller_ones_than_the_rest():
    sides = {}
    for detail_value in (0.0, tiles.SMALL_FROM, tiles.SMALLEST_FROM):
        fine = torch.full((1, 1, 640, 640), detail_value)
        _, side = tesserae.arrange(subject(torch.full((1, 3, 640, 640), 0.5)), fine)
        sides[detail_value] = float(side.median())
    assert sides[tiles.SMALLEST_FROM] < sides[tiles.SMALL_FROM] < sides[0.0]
