"""Strips of paper: the scale is exact, and pixels are where millivolts are."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ecg_synth.app.drawing import DPI, common_reach, draw_image, draw_strip, png, strip_size_mm
from ecg_synth.app.ecg import Ecg
from ecg_synth.errors import InputError

PX_PER_MM = DPI / 25.4
REACH = (-1.0, 1.5)


def ecg_of(signal_mv, fs=250.0, leads=("i",), **more):
    signal_mv = np.asarray(signal_mv, np.float32)
    return Ecg("synthetic", "made up", signal_mv, np.zeros((4, 4, 1), np.uint8), fs, leads, **more)


def dark(pixels):
    return pixels.max(axis=2) < 90


class TestStrip:
    @given(st.floats(-0.9, 1.4))
    @settings(max_examples=15)
    def test_a_millivolt_is_ten_millimetres(self, level):
        drawn = dark(draw_strip(ecg_of(np.full((500, 1), level)), REACH, ""))
        # Between the pulse and the end, where nothing but the trace is.
        columns = drawn[:, int(30 * PX_PER_MM) : int(60 * PX_PER_MM)]
        rows = np.flatnonzero(columns.any(axis=1))
        expected = (5.0 + (REACH[1] - level) * 10.0) * PX_PER_MM
        assert abs(rows.mean() + 0.5 - expected) < 1.0

    def test_a_second_is_25_millimetres(self):
        signal = np.zeros((500, 1))
        signal[250] = 1.4
        drawn = dark(draw_strip(ecg_of(signal), REACH, ""))
        peak = drawn[int(7 * PX_PER_MM) : int(8 * PX_PER_MM), int(25 * PX_PER_MM) :]
        found = np.flatnonzero(peak.any(axis=0)).mean() + 0.5 + int(25 * PX_PER_MM)
        assert abs(found - (15.0 + 25.0) * PX_PER_MM) < 1.0

    def test_the_pulse_is_a_millivolt(self):
        drawn = dark(draw_strip(ecg_of(np.zeros((500, 1))), REACH, ""))
        # The plateau, from 7 to 12 mm.
        plateau = np.flatnonzero(drawn[:, int(9.5 * PX_PER_MM)]).mean() + 0.5
        assert abs(plateau - (5.0 + 0.5 * 10.0) * PX_PER_MM) < 1.0

    def test_size_is_in_whole_squares(self):
        assert strip_size_mm(2.025, 3, REACH) == (75.0, 80.0)
        pixels = draw_strip(ecg_of(np.zeros((2025, 3)), 1000.0, ("i", "ii", "iii")), REACH, "words")
        assert pixels.shape == (round(80 * PX_PER_MM), round(75 * PX_PER_MM), 3)

    def test_leads_are_chosen_in_order(self):
        ecg = ecg_of(np.stack([np.zeros(500), np.full(500, 1.0)], axis=1), leads=("i", "ii"))
        assert draw_strip(ecg, REACH, "", ["ii"]).shape[0] < draw_strip(ecg, REACH, "").shape[0]
        with pytest.raises(InputError, match="v1"):
            draw_strip(ecg, REACH, "", ["v1"])

    def test_a_trace_beyond_the_row_is_cut_off(self):
        signal = np.zeros((500, 1))
        signal[200:300] = 9.0
        middle = dark(draw_strip(ecg_of(signal), REACH, ""))[:, int((15 + 0.9 * 25) * PX_PER_MM) :]
        assert not middle[:, : int(5 * PX_PER_MM)].any()


@given(st.floats(-5, 0), st.floats(0, 5))
def test_reach_holds_the_trace_up_to_its_limit(low, high):
    down, up = common_reach([ecg_of([[low], [high]])])
    assert down <= max(np.float32(low), -2.5)
    assert up >= min(np.float32(high), 2.5)
    assert {abs(down) * 2 % 1, up * 2 % 1} == {0}
    assert -2.5 <= down <= -0.5
    assert 0.5 <= up <= 2.5


class TestImage:
    @pytest.mark.parametrize("channels", [1, 2, 3, 6])
    def test_pixels_are_enlarged_and_not_blurred(self, channels):
        image = np.random.default_rng(0).integers(0, 256, (16, 16, channels), np.uint8)
        drawn = draw_image(image)
        assert set(np.unique(drawn)) <= set(np.unique(image)) | {255}
        assert max(drawn.shape[:2]) >= 90

    def test_sixteen_bits(self):
        image = np.full((4, 4, 1), 0x7F80, np.uint16)
        assert set(np.unique(draw_image(image))) == {0x7F}

    def test_other_arrays(self):
        with pytest.raises(InputError, match="An image is uint8 or uint16"):
            draw_image(np.zeros((4, 4), np.uint8))


def test_a_png_holds_nothing_but_pixels():
    pixels = draw_strip(ecg_of(np.zeros((500, 1))), REACH, "x")
    content = png(pixels)
    assert content == png(pixels)
    with Image.open(io.BytesIO(content)) as read:
        assert not read.info
        np.testing.assert_array_equal(np.asarray(read), pixels)
