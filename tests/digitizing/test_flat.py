import numpy as np
import pytest
from pages import small_page

from ecg_synth.digitizing.flat import PX_PER_MM, flat_of_truth, places_on_raster
from ecg_synth.paper.mesh import Mesh


@pytest.mark.parametrize("preset", ["clean", "phone"])
def test_flat_and_picture_lead_to_each_other(preset):
    page = small_page(preset)
    flat = flat_of_truth(page)
    points = np.random.default_rng(0).uniform(20, np.array(flat.size) - 20, (50, 2))
    there = flat.to_picture(points)
    assert np.allclose(flat.from_picture(there), points, atol=1e-3)
    # By the page's own truth, which is kept apart.
    assert np.allclose(there, page.to_image(page.sheet.scale.to_px(points / PX_PER_MM)), atol=0.3)


def test_heavy_lines_lie_at_every_fifth_millimetre():
    flat = flat_of_truth(small_page("phone", header=False))
    dark = np.where(flat.inside, 1 - flat.image[..., 1], 0)
    for axis in (0, 1):
        profile = np.median(dark[80:-80, 80:-80], axis=axis)
        by_place = profile[: len(profile) // 40 * 40].reshape(-1, 40).mean(axis=0)
        assert np.argmax(by_place) in (0, 39)


def test_what_the_picture_does_not_show_is_not_inside():
    flat = flat_of_truth(small_page("clean", distortions=("crop=1",)))
    assert not flat.inside.all()
    assert (flat.image[~flat.inside] == 1).all()


def test_places_on_a_raster_are_the_mesh():
    mesh = Mesh.of(lambda points: points + np.sin(points[:, ::-1] / 9), (130, 90), 40)
    xs, ys = np.arange(130) + 0.5, np.arange(90) + 0.5
    slow = mesh.to_sheet(np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)).reshape(90, 130, 2)
    assert np.allclose(places_on_raster(mesh, xs, ys), slow, atol=1e-4)


def test_labels_are_sampled_and_not_mixed():
    page = small_page("phone")
    seen = flat_of_truth(page).sample(page.labels, smooth=False, outside=6)
    assert seen.dtype == np.uint8
    assert set(np.unique(seen)) <= set(np.unique(page.labels)) | {6}


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turning_keeps_the_map(quarters):
    flat = flat_of_truth(small_page("phone"))
    cells = np.array(flat.size) // 40 * 40
    flat = type(flat)(flat.image[: cells[1], : cells[0]], flat.inside[: cells[1], : cells[0]],
                      Mesh(tuple(cells), flat.mesh.nodes[: cells[1] // 40 + 1, : cells[0] // 40 + 1], 40))  # fmt: skip
    turned = flat.turned(quarters)
    back = turned.turned(4 - quarters)
    assert (back.image == flat.image).all()
    row, column = 100, 180
    # The pixel that np.rot90 brings there.
    marks = np.zeros(flat.image.shape[:2])
    marks[row, column] = 1
    there = np.argwhere(np.rot90(marks, quarters))[0]
    assert np.allclose(
        turned.to_picture([[there[1] + 0.5, there[0] + 0.5]]), flat.to_picture([[column + 0.5, row + 0.5]]), atol=1e-6
    )
