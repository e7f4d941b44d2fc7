import numpy as np
import pytest
from matplotlib.image import imread

from ecg_synth import plots
from ecg_synth.errors import InputError


@pytest.mark.parametrize("channels", [1, 3, 6])
@pytest.mark.parametrize("count", [1, 5])
def test_image_grid(tmp_path, channels, count):
    images = np.full((count, 8, 8, channels), 100, np.uint8)
    for name in ("a.png", "b.png"):
        plots.image_grid(images, tmp_path / name, "synthetic")
    assert imread(tmp_path / "a.png").ndim == 3
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_of_16_bits_the_upper_8_are_drawn(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 1), dtype=np.uint8)
    plots.image_grid(images, tmp_path / "a.png", "synthetic")
    plots.image_grid(images.astype(np.uint16) * 256 + 77, tmp_path / "b.png", "synthetic")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_mosaic_places_tiles_in_rows():
    images = np.arange(3, dtype=np.uint8)[:, None, None, None] * np.ones((3, 2, 2, 1), np.uint8)
    mosaic = plots.tile_images(images, gap=1)
    assert mosaic.tolist() == [
        [0, 0, 255, 1, 1],
        [0, 0, 255, 1, 1],
        [255, 255, 255, 255, 255],
        [2, 2, 255, 255, 255],
        [2, 2, 255, 255, 255],
    ]


def test_a_grid_with_a_row_a_class(tmp_path):
    images = np.zeros((6, 8, 8, 1), np.uint8)
    plots.image_grid(images, tmp_path / "a.png", "synthetic", ("healthy", "infarction"))
    plots.image_grid(images, tmp_path / "b.png", "synthetic", ("healthy", "other"))
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()
    assert plots.tile_images(images, gap=2, columns=3).shape == (18, 28)
    with pytest.raises(InputError, match="Received: 6 images for 4 rows"):
        plots.image_grid(images, tmp_path / "c.png", "synthetic", ("a", "b", "c", "d"))


@pytest.mark.parametrize(
    "images", [np.zeros((0, 8, 8, 1), np.uint8), np.zeros((1, 8, 8, 1)), np.zeros((8, 8, 1), np.uint8)]
)
def test_grid_refuses(tmp_path, images):
    with pytest.raises(InputError, match="at least one image"):
        plots.image_grid(images, tmp_path / "a.png", "x")


@pytest.mark.parametrize("long", [3, 60, 140])
def test_a_long_title_of_a_grid_is_not_cut_off(tmp_path, long):
    name = ("ptbxl_ecg_images/i-avr_" * 9)[:long]
    plots.image_grid(np.zeros((4, 8, 8, 1), np.uint8), tmp_path / "a.png", f"synthetic\n{name}")
    title = imread(tmp_path / "a.png")[:30, :, :3].mean(axis=2)
    # Words, and white to both sides of them.
    assert title.min() < 0.5
    assert title[:, :4].min() == title[:, -4:].min() == 1
