import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage import color

from ecg_synth.codec import ARRANGEMENTS, COLORS, EcgImageCodec
from ecg_synth.codec.color import Cmyk, Lab
from ecg_synth.codec.ops import NumpyOps
from ecg_synth.config import CodecConfig
from ecg_synth.errors import InputError

SPACES = sorted(set(COLORS) - {"rgb"})
OPS = NumpyOps()


def random_levels(bits, channels, n=4000, seed=0):
    top = 2**bits - 1
    levels = np.random.default_rng(seed).integers(0, top + 1, (n, channels))
    # The corners of the cube, and what stands just beside them.
    corners = np.stack(np.meshgrid(*channels * [[0, 1, top - 1, top]]), axis=-1).reshape(-1, channels)
    return np.concatenate([levels, corners]).astype(f"uint{bits}")


@pytest.mark.parametrize("bits", [8, 16])
class TestAgainstScikitImage:
    """What skimage decodes is at most half a level away, save where its own float error stands on a half."""

    def test_hsv(self, bits):
        levels, top = random_levels(bits, 3), 2**bits - 1
        expected = color.hsv2rgb(levels / top) * top
        assert np.abs(COLORS["hsv"](bits).decode(levels, OPS) - expected).max() <= 0.5 + 1e-6

    @pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB:UserWarning")
    def test_lab(self, bits):
        levels, top = random_levels(bits, 3), 2**bits - 1
        low, high = np.array([0, Lab.A[0], Lab.B[0]]), np.array([100, Lab.A[1], Lab.B[1]])
        # lab2rgb clips what is out of gamut, as we do.
        expected = color.lab2rgb(low + levels / top * (high - low)) * top
        # sRGB's two branches meet at 0.0031308, which both round: there they differ by some 1e-8 of the range.
        assert np.abs(COLORS["lab"](bits).decode(levels, OPS) - expected).max() <= 0.5 + 1e-6 * top

    def test_the_bounds_of_a_and_b_hold_every_color(self, bits):
        axis = np.linspace(0, 1, 33)
        lab = color.rgb2lab(np.stack(np.meshgrid(axis, axis, axis), axis=-1))
        for channel, (low, high) in ((1, Lab.A), (2, Lab.B)):
            assert low < lab[..., channel].min() < low + 0.05
            assert high - 0.05 < lab[..., channel].max() < high


@pytest.mark.parametrize("bits", [8, 16])
def test_cmyk_loses_nothing(bits):
    levels = random_levels(bits, 3, n=100_000)
    inks = Cmyk(bits).encode(levels)
    assert inks.shape == (len(levels), 4)
    np.testing.assert_array_equal(Cmyk(bits).decode(inks, OPS), levels)


def test_cmyk_by_hand():
    levels = np.array([[255, 0, 0], [0, 0, 0], [255, 255, 255], [100, 50, 0]], np.uint8)
    expected = [[0, 255, 255, 0], [0, 0, 0, 255], [0, 0, 0, 0], [0, 128, 255, 155]]
    assert Cmyk().encode(levels).tolist() == expected


# Levels, whatever the bits: half a step of hue is 3 of the 1530 colors at full saturation; the most that LAB is off is
# beside the cube's faces where one lead is dark and the others bright (99 % of colors: 4 levels).
MOST = {"hsv": 3, "cmyk": 0, "lab": 28}


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("name", SPACES)
def test_round_trip(name, bits):
    levels = random_levels(bits, 3, n=100_000)
    space = COLORS[name](bits)
    stored = space.encode(levels)
    assert stored.dtype == levels.dtype
    error = np.abs(space.decode(stored, OPS).astype(int) - levels)
    assert error.max() <= MOST[name]


@pytest.mark.parametrize("name", SPACES)
@settings(max_examples=25)
@given(
    slices=arrays(np.float64, (3, 24, 3), elements=st.floats(-1.2, 1.2)),
    # Rows that begin with beats refuse colors.
    arrangement=st.sampled_from(sorted(set(ARRANGEMENTS) - {"beats"})),
)
def test_the_codec_with_null_pixels(name, slices, arrangement):
    plain = EcgImageCodec(("i", "ii", "v1"), arrangement=arrangement, length=24)
    codec = EcgImageCodec(("i", "ii", "v1"), arrangement=arrangement, length=24, color=name)
    assert codec.has_null
    images, offset, saturated = codec.encode_slices(slices)
    assert images.shape == (3, 5, 5, COLORS[name].channels)
    np.testing.assert_array_equal(saturated, plain.encode_slices(slices).saturated)
    levels = MOST[name]
    assert np.abs(codec.decode(images, offset) - slices).max() <= (levels + 0.5) * 2.5 / 254 + 1e-6
    # A NULL pixel is the space's black.
    placed = codec.color_space.decode(images, OPS)
    null = plain.encode_slices(slices).images == 0
    np.testing.assert_array_equal(placed[null], 0)
    again = EcgImageCodec.from_config(json.loads(json.dumps(codec.get_config())))
    np.testing.assert_array_equal(again.encode_slices(slices).images, images)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        ({"leads": ("i", "ii")}, "layout='stacked' with 2 channel(s)"),
        ({"leads": ("i", "ii", "v1"), "layout": "tiles"}, "layout='tiles' with 1 channel(s)"),
        ({"leads": ("i", "ii", "iii"), "independent": True}, "layout='stacked' with 2 channel(s)"),
    ],
)
def test_three_stacked_leads_are_needed(arguments, received):
    with pytest.raises(InputError) as caught:
        EcgImageCodec(color="hsv", **arguments)
    assert str(caught.value) == (
        f"The color space 'hsv' takes three leads stacked as red, green and blue. Received: {received}. Store three "
        f"leads with layout='stacked', or choose color='rgb'."
    )
    with pytest.raises(InputError, match="Unknown color. Received: color='hvs'. Did you mean 'hsv'"):
        EcgImageCodec(color="hvs")


def test_the_config_name():
    leads = ("i", "ii", "iii")
    assert CodecConfig(leads, color="lab", bits=16).name == "i-ii-iii_adapted_z_lab_16bit"
    assert EcgImageCodec.from_choice(CodecConfig(leads, color="cmyk")).full_shape == (45, 45, 4)
