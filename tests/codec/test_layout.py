"""Layouts, padding and independent leads: the codec beyond one lead a channel and a full square."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecg_synth.codec import ARRANGEMENTS, LAYOUTS, STANDARDIZATIONS, EcgImageCodec
from ecg_synth.codec.standardize import Adapted, MinMax
from ecg_synth.config import CodecConfig
from ecg_synth.errors import InputError
from ecg_synth.signals.leads import LIMB, PTB_15, STANDARD_12, derive_limb_leads

BEFORE_LAYOUTS = {
    "leads": ["i"],
    "standardization": {"name": "adapted", "range_mv": 2.5},
    "arrangement": "z",
    "length": 2025,
    "fs": 1000.0,
    "image_shape": [45, 45],
}
INDEPENDENT_8 = ("i", "ii", "v1", "v2", "v3", "v4", "v5", "v6")


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


def limb_slices(rng, n, length):
    """Slices of the six limb leads that hold Einthoven's and Goldberger's equations, in mV."""
    i, ii = rng.uniform(-0.6, 0.6, (2, n, length))
    return np.stack(list(derive_limb_leads(i, ii).values()), axis=-1)


class TestBytes:
    """What was encoded before padding and layouts came is encoded to the same bytes: pins from commit ee774cf."""

    SLICES = ((np.arange(3 * 2025 * 2) * 37) % 1013 / 400 - 1.2).reshape(3, 2025, 2)

    @pytest.mark.parametrize(
        ("standardization", "arrangement", "image", "absolute", "centered"),
        [
            ("adapted", "z", "fbccbff4eaca5001", "ff2cf8951b3de785", "082d17822e64a4d6"),
            ("adapted", "transposed", "95a5f563bb915623", "ff2cf8951b3de785", "082d17822e64a4d6"),
            ("adapted", "reversed", "418cfc59cb070732", "ff2cf8951b3de785", "082d17822e64a4d6"),
            ("minmax", "z", "da14fb69c812a9be", "bb635baa3130e1b9", "bb635baa3130e1b9"),
            ("minmax", "transposed", "6b163c05c86a61f6", "bb635baa3130e1b9", "bb635baa3130e1b9"),
            ("quantile", "z", "57ae5086893ff6b1", "6417de9ee3caa403", "6417de9ee3caa403"),
            ("quantile", "reversed", "2bd8b597cd5997b3", "6417de9ee3caa403", "6417de9ee3caa403"),
        ],
    )
    def test_are_as_before(self, standardization, arrangement, image, absolute, centered):
        codec = EcgImageCodec(("i", "v2"), standardization, arrangement).fit([self.SLICES])
        encoded = codec.encode_slices(self.SLICES)
        decoded = codec.decode(encoded.images, encoded.offset), codec.decode(encoded.images)
        assert (digest(encoded.images), *map(digest, decoded)) == (image, absolute, centered)

    def test_a_config_from_before_still_loads(self):
        codec = EcgImageCodec.from_config(json.loads(json.dumps(BEFORE_LAYOUTS)))
        assert codec.get_config() == EcgImageCodec().get_config()
        assert (codec.layout, codec.independent, codec.standardization.a) == ("stacked", False, 0)


@given(
    # Beats have other NULL pixels in each slice: tests/codec/test_place_beats.py.
    st.sampled_from([*sorted(ARRANGEMENTS.keys() - {"beats"}), "random:5"]),
    st.sampled_from(sorted(STANDARDIZATIONS)),
    st.sampled_from(sorted(LAYOUTS)),
    st.integers(1, 40),
    st.one_of(st.none(), st.tuples(st.integers(1, 9), st.integers(1, 9))),
    st.integers(1, 5),
    st.integers(0, 2**32 - 1),
)
def test_round_trip_of_any_length_side_layout_and_number_of_leads(
    arrangement, standardization, layout, length, image_shape, n_leads, seed
):
    if image_shape is not None:
        length = min(length, image_shape[0] * image_shape[1])
    slices = np.random.default_rng(seed).uniform(-1.2, 1.2, (3, length, n_leads))
    codec = EcgImageCodec(PTB_15[-n_leads:], standardization, arrangement, length, 250.0, image_shape, layout)
    codec = codec.fit([slices])
    images, offset, _ = codec.encode_slices(slices)
    assert images.shape == (3, *codec.full_shape)
    kind = codec.standardization
    if standardization == "adapted":
        inside, level = slices, 2.5 / kind.steps
    elif standardization == "equalized":
        # Nowhere coarser than twice min-max's levels.
        inside, level = slices, 2 * np.array([knots[-1] - knots[0] for knots in kind.knots]) / kind.steps
    else:
        lower, upper = np.array(kind.lower), np.array(kind.upper)
        inside, level = np.clip(slices, lower, upper), (upper - lower) / kind.steps
    assert (np.abs(codec.decode(images, offset) - inside) <= level + 1e-6).all()
    flat = images.reshape(3, -1)
    null = np.ones(flat.shape[1], dtype=bool)
    null[codec.position] = False
    assert codec.has_null == null.any() == (kind.a == 1)
    assert (flat[:, null] == 0).all()
    assert (flat[:, ~null] >= kind.a).all()
    # What stands on NULL pixels does not count.
    noisy = np.where(null, 77, flat).astype(np.uint8).reshape(images.shape)
    np.testing.assert_array_equal(codec.decode(noisy, offset), codec.decode(images, offset))
    again = EcgImageCodec.from_config(json.loads(json.dumps(codec.get_config())))
    assert again.get_config() == codec.get_config()
    np.testing.assert_array_equal(again.encode_slices(slices).images, images)


class TestPadding:
    def test_null_stands_at_the_arrangements_end(self):
        codec = EcgImageCodec(length=5, arrangement="spiral")
        images = codec.encode_slices(np.linspace(0, 1.25, 5).reshape(1, 5, 1)).images
        # ceil(0.3125 / 2.5 * 254) + 1 = 33 and so on: levels start at 1.
        assert images[0, ..., 0].tolist() == [[1, 33, 65], [0, 0, 97], [0, 0, 128]]

    @given(st.integers(1, 3000))
    def test_the_smallest_square_that_holds_the_length(self, length):
        height, width = EcgImageCodec(length=length).image_shape
        assert height == width
        assert (height - 1) ** 2 < length <= height**2

    def test_a_full_image_starts_at_level_0_and_a_padded_one_at_1(self):
        assert EcgImageCodec(length=25).standardization.a == 0
        assert EcgImageCodec(length=24).standardization.a == 1

    @given(arrays(np.uint8, (2, 5, 5, 1)))
    def test_a_generated_null_is_the_lowest_level(self, images):
        for kind in (Adapted(a=1), MinMax([-1.0], [1.0], a=1)):
            codec = EcgImageCodec(standardization=kind, length=20)
            raised = np.maximum(images, 1)
            np.testing.assert_array_equal(codec.decode(images), codec.decode(raised))

    def test_equations_2_and_3_with_a_1_by_hand(self):
        x = np.array([-1, -0.5, 0.2, 1]).reshape(1, 4, 1)
        # rint(0.25 * 254) + 1 = 65 (63.5 rounds to even), rint(0.6 * 254) + 1 = 153.
        assert MinMax([-1.0], [1.0], a=1).encode(x).levels.ravel().tolist() == [1, 65, 153, 255]
        # ceil(0.5 * 101.6) + 1 = 52, ceil(1.2 * 101.6) + 1 = 123, ceil(2 * 101.6) + 1 = 205.
        assert Adapted(a=1).encode(x).levels.ravel().tolist() == [1, 52, 123, 205]

    def test_bounds_keep_a_when_they_are_fitted(self):
        codec = EcgImageCodec(length=20, standardization="minmax").fit(
            [np.random.default_rng(0).normal(size=(4, 20, 1))]
        )
        assert codec.standardization.a == 1

    @pytest.mark.parametrize("a", [128, -1, True, 0.5, "1"])
    def test_a_is_a_level_of_the_lower_half(self, a):
        with pytest.raises(InputError) as caught:
            Adapted(a=a)
        assert str(caught.value) == (
            f"The lowest level of a sample must be 0, or from 1 to 127 where level 0 means NULL. Received: a={a!r}."
        )

    def test_null_needs_a_level_of_its_own(self):
        with pytest.raises(InputError) as caught:
            EcgImageCodec(length=20, standardization=Adapted())
        assert str(caught.value) == (
            "Where pixels are NULL (level 0), the levels of samples must start at 1. Received: "
            "standardization='adapted' with a=0, and 25 pixels for 20 samples. Give the standardization a=1."
        )


class TestLayouts:
    @pytest.mark.parametrize(
        ("layout", "n_leads", "shape"),
        [
            ("stacked", 12, (2, 3, 12)),
            ("stripes", 12, (24, 3, 1)),
            ("tiles", 1, (2, 3, 1)),
            ("tiles", 2, (2, 6, 1)),
            ("tiles", 8, (6, 9, 1)),
            ("tiles", 12, (6, 12, 1)),
            ("tiles", 15, (8, 12, 1)),
        ],
    )
    def test_shapes(self, layout, n_leads, shape):
        codec = EcgImageCodec(PTB_15[:n_leads], length=6, image_shape=(2, 3), layout=layout)
        assert codec.full_shape == shape
        assert codec.channels == shape[2]
        assert codec.has_null == (np.prod(shape) > 6 * n_leads)

    def test_where_leads_stand(self):
        slices = np.broadcast_to(np.array([0, 0.5, 1.0]), (1, 4, 3)).copy()
        slices[:, 0] = 0  # every lead counts from its minimum
        kind = Adapted(255, a=1)  # one level a mV
        stacked = EcgImageCodec(("i", "ii", "v1"), length=4).encode_slices(slices).images[0]
        assert stacked.tolist() == [[[0, 0, 0], [0, 51, 102]], [[0, 51, 102], [0, 51, 102]]]
        stripes = EcgImageCodec(("i", "ii", "v1"), length=4, layout="stripes").encode_slices(slices).images[0, ..., 0]
        assert stripes.tolist() == [[0, 0], [0, 0], [0, 51], [51, 51], [0, 102], [102, 102]]
        tiles = EcgImageCodec(("i", "ii", "v1"), kind, length=4, layout="tiles").encode_slices(slices).images[0, ..., 0]
        assert tiles.tolist() == [[1, 1, 1, 2], [1, 1, 2, 2], [1, 2, 0, 0], [2, 2, 0, 0]]

    @pytest.mark.parametrize("leads", [STANDARD_12, PTB_15])
    @pytest.mark.parametrize("layout", sorted(LAYOUTS))
    def test_all_leads(self, leads, layout):
        slices = np.random.default_rng(0).uniform(-1, 1, (2, 100, len(leads)))
        codec = EcgImageCodec(leads, length=100, layout=layout)
        images, offset, _ = codec.encode_slices(slices)
        assert np.abs(codec.decode(images, offset) - slices).max() <= 2.5 / 254

    def test_the_config_name_says_what_differs(self):
        assert CodecConfig(layout="tiles").name == "i_adapted_z_tiles"
        assert CodecConfig(length=2000, independent=True).name == "i_adapted_z_2000samples_independent"
        assert CodecConfig(arrangement="random:7").name == "i_adapted_random-7"
        assert CodecConfig(image_shape=(30, 68)).name == "i_adapted_z_30x68"

    def test_a_choice_reaches_the_codec(self):
        choice = CodecConfig(leads=LIMB, layout="tiles", independent=True, length=20)
        codec = EcgImageCodec.from_choice(choice)
        assert (codec.full_shape, codec.stored_leads) == ((5, 10, 1), ("i", "ii"))
        assert EcgImageCodec.from_choice(dataclasses.replace(choice, image_shape=(4, 6))).full_shape == (4, 12, 1)


class TestIndependent:
    def test_the_independent_leads_are_stored(self):
        assert EcgImageCodec(STANDARD_12, independent=True).stored_leads == INDEPENDENT_8
        assert EcgImageCodec(PTB_15, independent=True).full_shape == (45, 45, 11)
        assert EcgImageCodec(("v1", "i"), independent=True).stored_leads == ("v1", "i")

    @settings(max_examples=50)
    @given(
        arrays(np.uint8, (2, 5, 5, 2)),
        st.permutations(LIMB),
        st.sampled_from(["adapted", "minmax"]),
        st.one_of(st.none(), arrays(np.float32, (2, 2), elements=st.floats(-5, 5, width=32))),
    )
    def test_the_identities_hold_to_the_bit_in_any_image(self, images, leads, standardization, offset):
        bounds = np.random.default_rng(0).uniform(-1, 1, (4, 25, 6))
        codec = EcgImageCodec(leads, standardization, length=25, independent=True).fit([bounds])
        decoded = codec.decode(images, offset)
        assert decoded.dtype == np.float32
        lead = {name: decoded[..., number] for number, name in enumerate(leads)}
        np.testing.assert_array_equal(lead["iii"], lead["ii"] - lead["i"])
        np.testing.assert_array_equal(lead["avr"], -(lead["i"] + lead["ii"]) / 2)
        np.testing.assert_array_equal(lead["avl"], lead["i"] - lead["ii"] / 2)
        np.testing.assert_array_equal(lead["avf"], lead["ii"] - lead["i"] / 2)

    @pytest.mark.parametrize("layout", sorted(LAYOUTS))
    def test_round_trip_of_leads_that_hold_the_identities(self, layout):
        slices = limb_slices(np.random.default_rng(0), 4, 25)[..., ::-1]
        codec = EcgImageCodec(LIMB[::-1], length=25, layout=layout, independent=True)
        images, offset, _ = codec.encode_slices(slices)
        assert offset.shape == (4, 2)
        # Half a level in each of i and ii; III is off by both at most.
        assert np.abs(codec.decode(images, offset) - slices).max() <= 2.5 / 255 + 1e-6
        stored = codec.decode(images, offset)[..., [4, 5]]
        assert np.abs(stored - slices[..., [4, 5]]).max() <= 2.5 / 255 / 2 + 1e-6

    def test_bounds_are_fitted_on_the_stored_leads(self):
        slices = limb_slices(np.random.default_rng(0), 4, 25)
        codec = EcgImageCodec(LIMB, "minmax", length=25, independent=True).fit([slices])
        np.testing.assert_allclose(codec.standardization.upper, slices[..., :2].max(axis=(0, 1)), atol=1e-3)

    @given(arrays(np.uint8, (2, 5, 5, 2)), st.sampled_from([25, 24]))
    def test_generated_limb_leads_survive_16_bit_wfdb_to_the_unit(self, images, length):
        codec = EcgImageCodec(LIMB, length=length, independent=True)
        signal_mv = codec.decode(images).astype(np.float64)
        digital = np.rint(signal_mv * codec.adc_gain)
        np.testing.assert_allclose(digital / codec.adc_gain, signal_mv, atol=1e-6)
        np.testing.assert_array_equal(digital[..., 2], digital[..., 1] - digital[..., 0])

    @pytest.mark.parametrize(
        ("leads", "listed", "missing"),
        [(("i", "iii"), "iii", "ii"), (("avr", "v1", "avf"), "avr, avf", "i and ii")],
    )
    def test_both_sources_are_needed(self, leads, listed, missing):
        with pytest.raises(InputError) as caught:
            EcgImageCodec(leads, independent=True)
        assert str(caught.value) == (
            f"With independent=True, {listed} are computed from i and ii, so both must be among the leads. "
            f"Received: leads={leads!r}. Add {missing}, or store every lead with independent=False."
        )
