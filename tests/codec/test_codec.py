import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecg_synth.codec import ARRANGEMENTS, STANDARDIZATIONS, EcgImageCodec
from ecg_synth.codec.histogram import BIN_MV, histogram_of
from ecg_synth.codec.levels import bits_of
from ecg_synth.codec.standardize import Adapted, MinMax, Quantile
from ecg_synth.config import CodecConfig
from ecg_synth.errors import InputError

SMALL = {"length": 25, "leads": ("i", "ii")}
# Beats begin at level 16: tests/codec/test_place_beats.py.
FULL = sorted(ARRANGEMENTS.keys() - {"beats"})


def slices_within(low, high, n=3):
    return arrays(np.float64, (n, 25, 2), elements=st.floats(low, high))


class TestAdapted:
    def test_equation_3_by_hand(self):
        x = np.array([-0.1, 0.4, 0.405, 2.39, 2.41, 7.0]).reshape(1, 6, 1)
        levels, offset, saturated = Adapted().encode(x)
        # ceil(0.5 / 2.5 * 255) = 51, ceil(51.51) = 52, ceil(253.98) = 254, ceil(256.02) -> 255.
        assert levels.ravel().tolist() == [0, 51, 52, 254, 255, 255]
        np.testing.assert_allclose(offset, [[-0.1]], rtol=1e-7)
        assert saturated.tolist() == [True]

    @given(slices_within(-1.2, 1.2), st.sampled_from(FULL))
    def test_round_trip_is_within_half_a_level(self, slices, arrangement):
        codec = EcgImageCodec(arrangement=arrangement, **SMALL)
        images, offset, saturated = codec.encode_slices(slices)
        assert not saturated.any()
        # float32 holds the result to 2e-7 mV here.
        assert np.abs(codec.decode(images, offset) - slices).max() <= 2.5 / 255 / 2 + 1e-6

    @given(arrays(np.uint8, (2, 5, 5, 2)), st.sampled_from(FULL))
    def test_an_image_decoded_and_encoded_is_the_same_image(self, images, arrangement):
        images[:, 2, 3, :] = 0  # an encoded slice always has its minimum on level 0
        codec = EcgImageCodec(arrangement=arrangement, **SMALL)
        offset = np.zeros((2, 2), np.float32)
        again = codec.encode_slices(codec.decode(images, offset).astype(np.float64)).images
        np.testing.assert_array_equal(again, images)

    @given(slices_within(-8, 8))
    def test_saturation_is_reported_where_it_happens(self, slices):
        saturated = EcgImageCodec(**SMALL).encode_slices(slices).saturated
        span = np.ptp(slices, axis=1).max(axis=1)
        np.testing.assert_array_equal(saturated, np.ceil(span * 102 - 1e-9) > 255)

    def test_a_generated_image_rests_at_zero(self):
        images = np.random.default_rng(0).integers(0, 256, (4, 5, 5, 2), dtype=np.uint8)
        decoded = EcgImageCodec(**SMALL).decode(images)
        np.testing.assert_array_equal(np.median(decoded, axis=1), 0)

    def test_range_must_be_positive(self):
        with pytest.raises(InputError, match=r"must be positive. Received: range_mv=0"):
            Adapted(0)


class TestBounded:
    @given(slices_within(-3, 5), st.sampled_from(["minmax", "quantile"]))
    def test_round_trip_is_within_one_level_inside_the_bounds(self, slices, name):
        codec = EcgImageCodec(standardization=name, **SMALL).fit([slices])
        lower, upper = np.array(codec.standardization.lower), np.array(codec.standardization.upper)
        inside = np.clip(slices, lower, upper)
        images, offset, _ = codec.encode_slices(inside)
        level = (upper - lower) / 255
        assert (np.abs(codec.decode(images, offset) - inside) <= level + 1e-6).all()

    def test_minmax_covers_what_it_was_fitted_on(self):
        slices = np.random.default_rng(0).normal(size=(50, 25, 2))
        codec = EcgImageCodec(standardization="minmax", **SMALL).fit([slices[:20], slices[20:]])
        np.testing.assert_allclose(codec.standardization.lower, slices.min(axis=(0, 1)), atol=BIN_MV)
        np.testing.assert_allclose(codec.standardization.upper, slices.max(axis=(0, 1)), atol=BIN_MV)
        assert not codec.encode_slices(slices).saturated.any()

    def test_quantiles_agree_with_numpy(self):
        slices = np.random.default_rng(0).normal(size=(400, 25, 2)) * [1, 3]
        codec = EcgImageCodec(standardization="quantile", **SMALL).fit([slices])
        for lead in (0, 1):
            expected = np.quantile(slices[..., lead], [0.01, 0.99], method="inverted_cdf")
            bounds = codec.standardization.lower[lead], codec.standardization.upper[lead]
            np.testing.assert_allclose(bounds, expected, atol=BIN_MV)

    def test_beyond_the_bounds_is_saturated_and_reported(self):
        codec = EcgImageCodec(leads=("i",), length=4, standardization=MinMax([-1.0], [1.0]))
        images, _, saturated = codec.encode_slices(np.array([[-5, -1, 1, 9], [0, 0, 0, 0.5]]).reshape(2, 4, 1))
        assert images.reshape(2, 4).tolist() == [[0, 0, 255, 255], [128, 128, 128, 191]]
        assert saturated.tolist() == [True, False]

    def test_equation_2_by_hand(self):
        codec = EcgImageCodec(leads=("i",), length=4, standardization=Quantile([-1.0], [1.0]))
        x = np.array([-1, -0.5, 0.2, 1]).reshape(1, 4, 1)
        assert codec.encode_slices(x).images.ravel().tolist() == [0, 64, 153, 255]

    def test_unfitted(self):
        with pytest.raises(InputError, match=r"'quantile' has no bounds yet. Call codec.fit\(slices\)"):
            EcgImageCodec(standardization="quantile", **SMALL).encode_slices(np.zeros((1, 25, 2)))

    def test_a_flat_lead_still_has_bounds(self):
        codec = EcgImageCodec(standardization="minmax", **SMALL).fit([np.zeros((2, 25, 2))])
        assert np.abs(codec.decode(codec.encode_slices(np.zeros((2, 25, 2))).images)).max() <= 0.001

    @pytest.mark.parametrize("bounds", [([1.0], [0.0]), ([0.0], None), ([0.0, 0.0], [1.0])])
    def test_bounds_must_be_ordered_pairs(self, bounds):
        with pytest.raises(InputError):
            MinMax(*bounds)

    def test_fit_on_nothing(self):
        with pytest.raises(InputError, match="no slice at all"):
            histogram_of([], 1).quantile(0.5)


class TestCodec:
    @pytest.mark.parametrize("standardization", sorted(STANDARDIZATIONS))
    @pytest.mark.parametrize("arrangement", sorted(ARRANGEMENTS))
    def test_config_round_trips_through_json(self, standardization, arrangement):
        slices = np.random.default_rng(0).normal(size=(3, 25, 2))
        codec = EcgImageCodec(standardization=standardization, arrangement=arrangement, **SMALL).fit([slices])
        again = EcgImageCodec.from_config(json.loads(json.dumps(codec.get_config())))
        assert again.get_config() == codec.get_config()
        np.testing.assert_array_equal(again.encode_slices(slices).images, codec.encode_slices(slices).images)

    def test_default_is_the_papers(self):
        codec = EcgImageCodec()
        encoded = codec.encode(np.random.default_rng(0).normal(0, 0.1, 38400), fs=1000.0)
        assert encoded.images.shape == (18, 45, 45, 1)
        assert EcgImageCodec.from_choice(CodecConfig()).get_config() == codec.get_config()

    def test_leads_become_channels(self):
        slices = np.zeros((1, 25, 2))
        slices[0, :, 1] = np.linspace(0, 1, 25)
        images = EcgImageCodec(**SMALL).encode_slices(slices).images
        assert images[..., 0].max() == 0
        assert images[..., 1].max() == 102

    def test_stride(self):
        codec = EcgImageCodec(length=100, stride=50)
        assert len(codec.encode(np.zeros(300), fs=1000.0).images) == 5
        assert EcgImageCodec.from_config(codec.get_config()).stride == 50
        assert CodecConfig(length=100, stride=50).name == "i_adapted_z_100samples_stride50"
        with pytest.raises(InputError, match="at least one sample apart, or 0 for 'length'. Received: stride=-1"):
            EcgImageCodec(stride=-1)

    def test_another_rate_is_resampled(self):
        assert EcgImageCodec().encode(np.zeros(5000), fs=500.0).images.shape == (4, 45, 45, 1)

    @settings(max_examples=50)
    @given(st.integers(1, 40), st.integers(1, 40))
    def test_any_rectangle(self, height, width):
        codec = EcgImageCodec(length=height * width, image_shape=(height, width), arrangement="transposed")
        slices = np.random.default_rng(0).uniform(-1, 1, (2, height * width, 1))
        encoded = codec.encode_slices(slices)
        assert encoded.images.shape == (2, height, width, 1)
        assert np.abs(codec.decode(encoded.images, encoded.offset) - slices).max() <= 2.5 / 255

    def test_real_ptb(self, ptbdb):
        from ecg_synth.signals.wfdb_io import read_record

        record = read_record(ptbdb / "patient001" / "s0010_re", leads=("i",))
        codec = EcgImageCodec()
        encoded = codec.encode(record.p_signal, record.fs)
        assert encoded.images.shape == (18, 45, 45, 1)
        assert not encoded.saturated.any()
        expected = record.p_signal[: 18 * 2025].reshape(18, 2025, 1)
        assert np.abs(codec.decode(encoded.images, encoded.offset) - expected).max() <= 2.5 / 255 / 2 + 1e-6

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                {"standardization": "adaptive"},
                "Unknown standardization. Received: standardization='adaptive'. Did you mean 'adapted'",
            ),
            ({"length": 0}, "at least one sample"),
            ({"leads": ()}, "at least one lead"),
            ({"image_shape": (-45, -45)}, "must fit into its image. Received: length=2025, image_shape=-45x-45"),
            (
                {"image_shape": (45, 45, 1)},
                r"has two sides. Received: image_shape=\(45, 45, 1\). Give height and width",
            ),
            ({"layout": "tile"}, "Unknown layout. Received: layout='tile'. Did you mean 'tiles'"),
            (
                {"length": 10, "image_shape": (3, 3)},
                "must fit into its image. Received: length=10, image_shape=3x3. Give sides whose product is",
            ),
        ],
    )
    def test_bad_arguments(self, arguments, message):
        with pytest.raises(InputError, match=message):
            EcgImageCodec(**arguments)

    def test_bad_arrays(self):
        codec = EcgImageCodec(**SMALL)
        with pytest.raises(InputError, match=r"Slices must be \(slices, 25, 2\). Received: shape=\(1, 24, 2\)"):
            codec.encode_slices(np.zeros((1, 24, 2)))
        with pytest.raises(InputError, match="The codec's leads are i, ii. Received: 3 leads"):
            codec.encode_slices(np.zeros((1, 25, 3)))
        with pytest.raises(InputError, match="must be finite"):
            codec.encode_slices(np.full((1, 25, 2), np.nan))
        with pytest.raises(InputError, match=r"Images must be \(slices, 5, 5, 2\)"):
            codec.decode(np.zeros((1, 5, 5, 1), np.uint8))
        with pytest.raises(InputError, match="Images must be uint8 grey levels. Received: dtype=float64"):
            codec.decode(np.zeros((1, 5, 5, 2)))
        with pytest.raises(InputError, match=r"one a slice and stored lead: \(1, 2\). Received: offset.shape=\(2,\)"):
            codec.decode(np.zeros((1, 5, 5, 2), np.uint8), np.zeros(2))

    @given(arrays(np.uint8, (3, 5, 5, 2)))
    def test_generated_slices_survive_16_bit_wfdb(self, images):
        codec = EcgImageCodec(**SMALL)
        signal_mv = codec.decode(images).astype(np.float64)
        digital = np.rint(signal_mv * codec.adc_gain)
        np.testing.assert_allclose(digital / codec.adc_gain, signal_mv, atol=1e-6)


class TestBits:
    @given(slices_within(-1.2, 1.2), st.sampled_from([25, 24]))
    def test_the_error_of_16_bits_is_half_a_level(self, slices, length):
        codec = EcgImageCodec(("i", "ii"), length=length, image_shape=(5, 5), bits=16)
        slices = slices[:, :length]
        images, offset, saturated = codec.encode_slices(slices)
        assert images.dtype == np.uint16
        assert not saturated.any()
        # float32 holds an offset of 1.2 mV to 6e-8 mV and a sum of 2.4 mV to 2.4e-7.
        assert np.abs(codec.decode(images, offset) - slices).max() <= 2.5 / 65534 / 2 + 4e-7

    @given(arrays(np.uint16, (2, 5, 5, 2)))
    def test_generated_slices_survive_32_bit_wfdb(self, images):
        codec = EcgImageCodec(bits=16, **SMALL)
        signal_mv = codec.decode(images).astype(np.float64)
        digital = np.rint(signal_mv * codec.adc_gain)
        assert codec.wfdb_format == "32"
        assert np.abs(digital).max() < 2**31
        np.testing.assert_allclose(digital / codec.adc_gain, signal_mv, atol=1e-6)

    @pytest.mark.parametrize("name", ["minmax", "equalized"])
    @given(slices_within(-3, 5))
    def test_bounds_cover_what_they_were_fitted_on(self, name, slices):
        codec = EcgImageCodec(standardization=name, bits=16, **SMALL).fit([slices])
        images, _, saturated = codec.encode_slices(slices)
        assert not saturated.any()
        if name == "minmax":
            level = (np.array(codec.standardization.upper) - codec.standardization.lower) / 65535
            assert (np.abs(codec.decode(images) - slices) <= level / 2 + 1e-6).all()

    def test_the_choice_and_the_config_carry_them(self):
        choice = CodecConfig(bits=16)
        codec = EcgImageCodec.from_choice(choice)
        assert choice.name == "i_adapted_z_16bit"
        assert (codec.dtype, codec.table.shape, codec.wfdb_format) == (np.uint16, (1, 65536), "32")
        again = EcgImageCodec.from_config(json.loads(json.dumps(codec.get_config())))
        assert (again.bits, again.standardization.bits) == (16, 16)
        assert EcgImageCodec().wfdb_format == "16"

    def test_refuses(self):
        with pytest.raises(InputError) as caught:
            EcgImageCodec(bits=12)
        assert str(caught.value) == "A level has 8 or 16 bits. Received: bits=12."
        with pytest.raises(InputError) as caught:
            EcgImageCodec(standardization=Adapted(bits=16))
        assert str(caught.value) == (
            "A codec and its standardization must have as many bits. Received: bits=8, and 16 of "
            "standardization='adapted'. Give both the same."
        )
        with pytest.raises(InputError, match="Images must be uint16 grey levels. Received: dtype=uint8"):
            EcgImageCodec(bits=16, **SMALL).decode(np.zeros((1, 5, 5, 2), np.uint8))
        with pytest.raises(InputError) as caught:
            bits_of(np.float32)
        assert str(caught.value) == "Images must be uint8 or uint16 grey levels. Received: dtype=float32."
