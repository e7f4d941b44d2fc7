import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecg_synth.codec import EcgImageCodec, Equalized
from ecg_synth.errors import InputError

RNG = np.random.default_rng(0)
SLICES = RNG.normal(0, 0.2, (200, 100, 2)) * [1, 4]


def fitted(slices, strength=0.5, bits=8, **arguments):
    kind = Equalized(strength=strength, bits=bits)
    return EcgImageCodec(("i", "ii"), kind, length=slices.shape[1], bits=bits, **arguments).fit([slices])


def test_full_strength_fills_every_level_alike():
    levels = fitted(SLICES, strength=1.0).encode_slices(SLICES).images
    for channel in (0, 1):
        # Four levels a piece of the map: 312 of 20,000 samples each, save at the ends.
        counts = np.bincount(levels[..., channel].ravel(), minlength=256).reshape(64, 4).sum(axis=1)
        assert 250 < counts[2:-2].min() <= counts[2:-2].max() < 375


def test_no_strength_is_minmax():
    plain = EcgImageCodec(("i", "ii"), "minmax", length=100).fit([SLICES]).encode_slices(SLICES).images
    equalized = fitted(SLICES, strength=0.0).encode_slices(SLICES).images
    assert np.abs(plain.astype(int) - equalized).max() <= 1


@given(
    arrays(np.float64, (4, 25, 2), elements=st.floats(-3, 5)),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from([8, 16]),
)
def test_any_slices(slices, strength, bits):
    codec = fitted(slices, strength, bits)
    images, offset, saturated = codec.encode_slices(slices)
    assert not saturated.any()
    decoded = codec.decode(images, offset)
    # Levels are a rising map of mV, so a decoded image is encoded to itself, as far as float32 tells levels apart.
    again = codec.decode(codec.encode_slices(decoded.astype(np.float64)).images)
    np.testing.assert_allclose(again, decoded, atol=1e-6)
    if strength < 1:
        # No piece of the map is flatter than min-max's share of it.
        span = np.array([knots[-1] - knots[0] for knots in codec.standardization.knots])
        assert (np.abs(decoded - slices) <= 0.5 * span / (2**bits - 1) / (1 - strength) + 1e-6).all()


def test_frequent_amplitudes_are_finer_than_under_minmax():
    plain = EcgImageCodec(("i", "ii"), "minmax", length=100).fit([SLICES])
    equalized = fitted(SLICES)
    error, other = (np.median(np.abs(c.decode(c.encode_slices(SLICES).images) - SLICES)) for c in (equalized, plain))
    assert error < 0.8 * other


def test_null_pixels_and_saturation():
    codec = EcgImageCodec(("i",), "equalized", length=3).fit([np.linspace(-1, 1, 300).reshape(100, 3, 1)])
    images, _, saturated = codec.encode_slices(np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 0.5]])[..., None])
    assert images.reshape(2, 4).tolist() == [[1, 128, 255, 0], [1, 128, 191, 0]]
    assert saturated.tolist() == [False, True]


def test_one_amplitude_more_frequent_than_a_quantile():
    slices = np.where(RNG.random((50, 100, 2)) < 0.7, 0.0, SLICES[:50])
    codec = fitted(slices, strength=1.0)
    assert len(codec.standardization.knots[0]) < 65
    decoded = codec.decode(codec.encode_slices(slices).images)
    # Above it the map is coarse: what stands there is a level's half away at most.
    assert np.abs(decoded[slices == 0]).max() <= 0.01


def test_a_lead_that_never_changes():
    codec = fitted(np.ones((2, 25, 2)))
    assert np.abs(codec.decode(codec.encode_slices(np.ones((2, 25, 2))).images) - 1).max() <= 0.001


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strength": 1.5}, "The strength of equalization is from 0 to 1. Received: strength=1.5."),
        ({"knots": [[0, 1]]}, "Give both knots and heights or neither. Received: knots=[[0, 1]], heights=None."),
        (
            {"knots": [[0, 0]], "heights": [[0, 1]]},
            "Each lead's knots and heights must rise together, the heights from 0 to 1. "
            "Received: knots=[0.0, 0.0] mV, heights=[0.0, 1.0].",
        ),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(InputError) as caught:
        Equalized(**arguments)
    assert str(caught.value) == message


def test_unfitted_and_other_leads():
    with pytest.raises(InputError, match=r"'equalized' has no knots yet. Call codec.fit\(slices\)"):
        EcgImageCodec(("i", "ii"), "equalized", length=25).encode_slices(np.zeros((1, 25, 2)))
    with pytest.raises(InputError, match="has knots for 1 leads. Received: 2 leads"):
        Equalized([[0, 1]], [[0, 1]]).encode(np.zeros((1, 25, 2)))
