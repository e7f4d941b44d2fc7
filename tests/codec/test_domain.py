import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import fft

from ecg_synth.codec import ARRANGEMENTS, LAYOUTS, EcgImageCodec
from ecg_synth.codec.domain import Dct, bands
from ecg_synth.codec.standardize import MinMax
from ecg_synth.config import CodecConfig
from ecg_synth.errors import InputError


def beats(n, length, leads, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(length)[None, :, None]
    centers = rng.uniform(0, length, (n, 1, leads))
    slices = np.exp(-(((t - centers) / (0.02 * length + 1)) ** 2)) + rng.normal(0, 0.01, (n, length, leads))
    return slices + rng.normal(0, 0.2, (n, 1, leads))


@given(st.integers(1, 5000))
def test_bands_cover_every_coefficient_once_and_widen(length):
    band = bands(length)
    assert len(band) == length
    assert band[0] == 0
    assert set(np.diff(band)) <= {0, 1}
    assert (np.diff(np.bincount(band)[:-1]) >= -1).all()


def test_a_pure_tone_is_one_pixel():
    length, k = 64, 5
    tone = np.cos(np.pi * (np.arange(length) + 0.5) * k / length)[None, :, None]
    values = Dct([[1.0] * (bands(length)[-1] + 1)]).forward(tone)[0, :, 0]
    np.testing.assert_allclose(values, np.sqrt(length / 2) * (np.arange(length) == k), atol=1e-12)


@given(
    st.sampled_from(sorted(set(ARRANGEMENTS) - {"beats"})),
    st.sampled_from(sorted(LAYOUTS)),
    st.sampled_from(["minmax", "equalized"]),
    st.sampled_from([8, 16]),
    st.integers(2, 300),
    st.integers(1, 4),
)
def test_the_error_is_that_of_the_coefficients(arrangement, layout, standardization, bits, length, n_leads):
    slices = beats(6, length, n_leads)
    leads = ("v1", "v2", "v3", "v4")[:n_leads]
    codec = EcgImageCodec(leads, standardization, arrangement, length, layout=layout, domain="dct", bits=bits)
    codec = codec.fit([slices[:3], slices[3:]])
    images, offset, saturated = codec.encode_slices(slices)
    assert not saturated.any()
    assert not offset.any()
    decoded = codec.decode(images, offset)
    assert (decoded.dtype, decoded.shape) == (np.float32, slices.shape)
    # Orthonormal: the error of the signal is that of the coefficients, half a level of each at most.
    widest = np.abs(np.diff(codec.table, axis=1)).max() / 2 * np.array(codec.domain.scale)[:, bands(length)].T
    error = fft.dct(decoded - slices, norm="ortho", axis=1)
    assert (np.abs(error) <= widest * 1.001 + 1e-5).all()
    again = EcgImageCodec.from_config(json.loads(json.dumps(codec.get_config())))
    np.testing.assert_array_equal(again.encode_slices(slices).images, images)


def test_leads_computed_from_others_hold_to_the_bit():
    slices = beats(3, 100, 3)
    slices[..., 2] = slices[..., 1] - slices[..., 0]
    codec = EcgImageCodec(("i", "ii", "iii"), "minmax", length=100, independent=True, domain="dct").fit([slices])
    decoded = codec.decode(codec.encode_slices(slices).images)
    np.testing.assert_array_equal(decoded[..., 2], decoded[..., 1] - decoded[..., 0])


def test_beyond_the_training_slices_is_saturated():
    codec = EcgImageCodec(("i",), "minmax", length=100, domain="dct").fit([beats(3, 100, 1)])
    assert codec.encode_slices(3 * beats(3, 100, 1)).saturated.all()


def test_a_lead_that_never_changes():
    codec = EcgImageCodec(("i",), "minmax", length=100, domain="dct").fit([np.zeros((2, 100, 1))])
    assert np.abs(codec.decode(codec.encode_slices(np.zeros((2, 100, 1))).images)).max() <= 1e-6


def test_batches_may_be_an_iterator_which_gives_them_once():
    slices = beats(6, 50, 1)
    codec = EcgImageCodec(("i",), "minmax", length=50, domain="dct")
    assert codec.fit(iter([slices[:2], slices[2:]])).get_config() == codec.fit([slices]).get_config()


def test_the_config_name():
    assert CodecConfig(standardization="minmax", domain="dct").name == "i_minmax_z_dct"


class TestRefuses:
    def test_a_range_above_the_minimum(self):
        with pytest.raises(InputError) as caught:
            EcgImageCodec(domain="dct")
        assert str(caught.value) == (
            "Values of the domain 'dct' need fixed bounds. Received: standardization='adapted'. Choose minmax, "
            "quantile or equalized."
        )

    def test_no_scales(self):
        with pytest.raises(InputError, match=r"The domain 'dct' has no scales yet. Call codec.fit\(slices\)"):
            EcgImageCodec(("i",), MinMax([-1.0], [1.0]), length=25, domain="dct").encode_slices(np.zeros((1, 25, 1)))
        with pytest.raises(InputError, match="Scales cannot be fitted on no slice at all"):
            EcgImageCodec(("i",), "minmax", length=25, domain="dct").fit([])

    def test_scales_of_another_slice(self):
        codec = EcgImageCodec(("i",), MinMax([-1.0], [1.0]), length=25, domain=Dct([[1.0, 2.0]]))
        with pytest.raises(InputError, match="1 leads, 21 bands for a length of 25. Received: 1 leads, \\[2\\] bands"):
            codec.encode_slices(np.zeros((1, 25, 1)))

    def test_unknown(self):
        with pytest.raises(InputError, match="Unknown domain. Received: domain='fft'. Valid: 'dct', 'time'"):
            EcgImageCodec(domain="fft")
        with pytest.raises(InputError, match="The domain 'dct' cannot be built: .*unexpected keyword"):
            EcgImageCodec.from_config({**EcgImageCodec().get_config(), "domain": {"name": "dct", "bounds": 1}})
