"""Passes over pixels: each against its formula, and all of them the same whatever the threads."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waves import waves

from ecg_synth.config import PaperConfig
from ecg_synth.paper.distort import DISTORTIONS, apply_in_camera, apply_light, draw_all, look
from ecg_synth.paper.mesh import Mesh, Picture
from ecg_synth.paper.page import make_page
from ecg_synth.paper.sheet import LABELS, darken

SIZE_MM = (120.0, 90.0)
PX_PER_MM = 4.0


def colors(height=90, width=130, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def bilinear(image, places, outside):
    """The value at continuous positions, one ring of `outside` around the image."""
    ringed = np.pad(image.astype(np.float64), ((1, 1), (1, 1), (0, 0)), constant_values=outside)
    at = np.clip(places + 0.5, 0, np.array(image.shape[1::-1]) + 0.999)
    left, top = np.floor(at).astype(int).T
    across, down = (at - np.floor(at)).T[..., None]
    upper = ringed[top, left] * (1 - across) + ringed[top, left + 1] * across
    lower = ringed[top + 1, left] * (1 - across) + ringed[top + 1, left + 1] * across
    return upper * (1 - down) + lower * down


def middles(size):
    """The middles of an image's pixels, row by row."""
    return np.stack(np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5), axis=-1).reshape(-1, 2)


class TestSampling:
    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 99), st.sampled_from([7, 20, 48]), st.floats(-0.4, 0.4), st.floats(0.3, 2.0))
    def test_is_bilinear_at_the_mesh(self, seed, cell_px, turn, zoom):
        image, size = colors(seed=seed), (117, 83)
        wave = np.random.default_rng(seed).normal(size=(2, 2)) / 40

        def backward(points):
            turned = points @ np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))]) * zoom
            return turned + 3 * np.sin(points @ wave)

        mesh = Mesh.of(backward, size, cell_px)
        drawn, nearest = mesh.draw(Picture(image, (9, 9, 9), True), Picture(image[..., 0].copy(), 77, False))
        places = mesh.to_sheet(middles(size))
        wanted = bilinear(image, places, 9.0)
        assert np.abs(drawn.reshape(-1, 3) - wanted).max() < 0.6
        cells = np.floor(places).astype(int)
        inside = ((cells >= 0) & (cells < image.shape[1::-1])).all(axis=1)
        columns, rows = np.where(inside[:, None], cells, 0).T
        # Positions in single precision: hardly one lies so near a pixel's edge that it matters.
        same = nearest.reshape(-1) == np.where(inside, image[rows, columns, 0], 77)
        assert same.mean() > 0.999

    def test_of_a_strip_longer_than_opencv_takes(self):
        strip = np.zeros((5, 40_000, 3), dtype=np.uint8)
        strip[:, 39_000:] = 200
        (drawn,) = Mesh.of(lambda points: points + np.array([100.0, 0.0]), (39_900, 5)).draw(Picture(strip, 0, True))
        np.testing.assert_array_equal(drawn, strip[:, 100:])


class TestLight:
    @pytest.mark.parametrize("seed", range(3))
    def test_all_at_once_is_their_product(self, seed):
        image = colors(180, 260)
        drawn = draw_all({"light": 0.9, "shadow": 0.8, "temperature": 0.7}, seed, 0, SIZE_MM)
        at_once = apply_light(image.copy(), drawn)
        rows, columns = image.shape[:2]
        places = middles((columns, rows)).reshape(rows, columns, 2) / (columns, rows)
        share = np.prod(
            [np.broadcast_to(one.distortion.field(places, one.given), image.shape) for one in drawn], axis=0
        )
        exact = image * share / share.max()
        off = np.abs(at_once - exact)
        # A coarse field, and shares in steps of 1/255.
        assert off.max() < 3
        assert off.mean() < 0.6

    def test_darkens_by_the_share(self):
        image, share = colors(), np.full((6, 8, 1), 0.4)
        assert np.abs(darken(image, share) - 0.4 * image).max() <= 0.5
        there = image.copy()
        assert darken(image, share, there) is there
        np.testing.assert_array_equal(there, darken(image, share))


class TestCamera:
    @pytest.mark.parametrize("levels", [0.8, 4.0, 15.0])
    def test_noise_is_normal_and_gray(self, levels):
        gray = np.full((1100, 1300, 3), 128, dtype=np.uint8)
        noisy = DISTORTIONS["noise"]().apply(gray, {"levels": levels, "seed": 5}, PX_PER_MM).astype(float) - 128
        assert (np.ptp(noisy, axis=2) == 0).all()
        assert noisy.mean() == pytest.approx(0, abs=0.05)
        # Rounding to levels adds the variance of a step.
        assert noisy.std() == pytest.approx(np.sqrt(levels**2 + 1 / 12), rel=0.01)
        assert np.mean(noisy**4) / noisy.var() ** 2 == pytest.approx(3, abs=0.05)

    def test_moire_is_a_wave(self):
        image = np.full((90, 130, 3), 240, dtype=np.uint8)
        given = {"wave_per_mm": [0.21, -0.13], "phase": 1.0, "darkens": 0.2}
        x, y = middles((130, 90)).T.reshape(2, 90, 130) / PX_PER_MM
        wave = np.cos(2 * np.pi * (0.21 * x - 0.13 * y) + 1.0)
        exact = 240 * (1 - 0.2 * (1 - wave) / 2)
        assert np.abs(DISTORTIONS["moire"]().apply(image, given, PX_PER_MM)[..., 1] - exact).max() < 1.3

    @pytest.mark.parametrize("sigma_mm", [0.05, 0.12, 0.17, 0.18, 0.3, 0.6])
    def test_blur_has_its_width_and_moves_nothing(self, sigma_mm):
        edge = np.zeros((40, 120, 3), dtype=np.uint8)
        edge[:, 60:] = 255
        seen = DISTORTIONS["blur"]().apply(edge, {"sigma_mm": sigma_mm}, PX_PER_MM)[20, :, 0].astype(float)
        step, at = np.diff(seen), np.arange(1, 120)
        assert (step * at).sum() / 255 == pytest.approx(60, abs=0.02)
        assert (step * (at - 60) ** 2).sum() / 255 == pytest.approx((sigma_mm * PX_PER_MM) ** 2, rel=0.06, abs=0.01)

    def test_a_page_keeps_its_sheet(self):
        clean = make_page(waves(), PaperConfig(dpi=72))
        noisy = make_page(waves(), PaperConfig(dpi=72, distortions=("noise=1", "light=1", "jpeg=1")))
        assert (noisy.image != clean.image).any()
        np.testing.assert_array_equal(noisy.sheet.image, clean.image)

    def test_a_folded_corner_is_the_background_without_a_map_too(self):
        page = make_page(waves(), PaperConfig(dpi=72, distortions=("fold=1",)))
        gone = page.labels == LABELS["off_page"]
        assert gone.any()
        assert (page.image[gone] == page.background).all()
        assert (look(page.sheet, None, (1, 2, 3))[0][gone] == (1, 2, 3)).all()


@pytest.mark.parametrize("preset", ["phone", "strong", "copy"])
def test_threads_change_no_byte(preset):
    before = cv2.getNumThreads()
    try:
        made = []
        for threads in (1, 4):
            cv2.setNumThreads(threads)
            made.append(make_page(waves(), PaperConfig(preset=preset, dpi=100, seed=4)))
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(made[0].image, made[1].image)
    np.testing.assert_array_equal(made[0].labels, made[1].labels)


def test_nothing_named_leaves_a_picture_alone():
    image = colors()
    assert apply_in_camera(apply_light(image, []), [], PX_PER_MM) is image
