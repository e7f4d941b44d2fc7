"""Beat-aligned rows: every beat on a new row, whatever the R peaks are, and the way back without them."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.codec import LAYOUTS, EcgImageCodec
from ecg_synth.codec.place_beats import BeatPlacement, beats_shape, null_below
from ecg_synth.codec.standardize import Adapted
from ecg_synth.config import CodecConfig
from ecg_synth.errors import InputError
from ecg_synth.signals.leads import PTB_15
from ecg_synth.signals.simulate import draw_patients, simulate_record

peaks_of_a_slice = st.lists(st.integers(-100, 300), max_size=40)


@st.composite
def codecs(draw):
    length = draw(st.integers(1, 150))
    width = draw(st.integers(1, 40))
    height = -(-length // width) + draw(st.integers(0, 8))
    shape = draw(st.one_of(st.none(), st.just((height, width))))
    leads = PTB_15[: draw(st.integers(1, 4))]
    return EcgImageCodec(
        leads, "adapted", "beats", length, 50.0, shape, draw(st.sampled_from(sorted(LAYOUTS))), r_peak_at=0.1
    )


@given(codecs(), st.lists(peaks_of_a_slice, min_size=3, max_size=3), st.integers(0, 2**32 - 1))
def test_decoding_needs_no_r_peaks_and_is_exact_for_every_list_of_them(codec, peaks, seed):
    slices = np.random.default_rng(seed).uniform(-1.2, 1.2, (3, codec.length, len(codec.leads)))
    images, offset, _ = codec.encode_slices(slices, [np.array(of, int) for of in peaks])
    assert np.abs(codec.decode(images, offset) - slices).max() <= 2.5 / (255 - 16) / 2 + 1e-6
    # An image decoded and encoded again, with the same R peaks, is the same image.
    again = EcgImageCodec.from_config(json.loads(json.dumps(codec.get_config())))
    decoded = codec.decode(images, np.zeros_like(offset)).astype(np.float64)
    np.testing.assert_array_equal(again.encode_slices(decoded, peaks).images, images)


@given(st.integers(1, 200), st.integers(1, 30), st.integers(0, 12), st.integers(0, 20), st.lists(st.integers(-50, 260)))
def test_samples_go_on_to_the_right_and_beats_begin_rows_while_there_is_room(length, width, spare, before, peaks):
    height = -(-length // width) + spare
    placement = BeatPlacement("beats", "stacked", length, 1, (height, width), before)
    runs = placement.runs(peaks)
    assert [first for first, _, _ in runs[1:]] == [last for _, last, _ in runs[:-1]]
    assert runs[-1][1] == length
    pixel = np.concatenate([np.arange(start, start + last - first) for first, last, start in runs])
    assert pixel[0] == 0
    assert pixel[-1] < height * width
    steps = np.diff(pixel)
    assert (steps >= 1).all()
    begins = {peak - before for peak in peaks if 0 < peak - before < length}
    moved = set((np.flatnonzero(steps > 1) + 1).tolist())
    # A gap stands before a beat alone, and the beat then begins its row.
    assert moved <= begins
    assert all(pixel[begin] % width == 0 for begin in moved)
    # With a spare row for each beat, all of them do.
    if len(begins) <= spare:
        assert all(pixel[begin] % width == 0 for begin in begins)
    else:
        left = height * width - 1 - pixel[-1]
        assert all(pixel[begin] % width == 0 or -pixel[begin] % width > left for begin in begins)


def test_by_hand():
    codec = EcgImageCodec(length=7, arrangement="beats", image_shape=(4, 3), fs=100.0, r_peak_at=0.01)
    slices = np.linspace(0, 1.5, 7).reshape(1, 7, 1)
    image = codec.encode_slices(slices, [[-4, 3, 5, 7, 99]]).images[0, ..., 0]
    # R peaks 3 and 5 begin beats at samples 2 and 4; the one of R peak 7, at 6, begins a row too. Levels: 16 + 24 k.
    assert image.tolist() == [[16, 40, 0], [64, 88, 0], [112, 136, 0], [160, 0, 0]]


def test_leads_agree_on_their_rows_and_a_generators_dark_pixels_are_null():
    codec = EcgImageCodec(("i", "ii"), length=40, fs=20.0, arrangement="beats", r_peak_at=0)
    slices = np.random.default_rng(0).uniform(-1, 1, (2, 40, 2))
    images, offset, _ = codec.encode_slices(slices, [[9, 20], [33]])
    assert ((images == 0).all(axis=-1) == (images == 0).any(axis=-1)).all()
    # Dark pixels of one lead, and samples a little too dark.
    noisy = np.where(images == 0, 7, images).astype(np.uint8)
    noisy[..., 0] = np.where(images[..., 0] == 0, 13, np.where(images[..., 0] <= 20, 12, images[..., 0]))
    noisy[..., 1] = np.where(images[..., 1] == 0, 2, images[..., 1])
    found = codec.decode(noisy, offset)
    np.testing.assert_array_equal(found[..., 1], codec.decode(images, offset)[..., 1])
    assert np.abs(found[..., 0] - codec.decode(images, offset)[..., 0]).max() <= 4.5 * 2.5 / 239


@settings(max_examples=50)
@given(st.integers(0, 30))
def test_missing_samples_hold_the_last_one_and_surplus_is_cut(n_samples):
    codec = EcgImageCodec(length=20, fs=10.0, arrangement="beats")
    levels = np.arange(20, 20 + n_samples, dtype=np.uint8)
    image = np.zeros(codec.full_shape, np.uint8).ravel()
    image[np.sort(np.random.default_rng(n_samples).permutation(len(image))[:n_samples])] = levels
    found = codec.decode(image.reshape(1, *codec.full_shape), np.zeros((1, 1)))[0, :, 0]
    held = np.concatenate([levels, np.full(20, levels[-1] if n_samples else 0)])[:20]
    np.testing.assert_array_equal(found, codec.table[0, held])


def test_a_standardization_may_begin_at_1():
    codec = EcgImageCodec(length=20, fs=10.0, arrangement="beats", standardization=Adapted(a=1), r_peak_at=0)
    slices = np.random.default_rng(0).uniform(-1, 1, (1, 20, 1))
    images, offset, _ = codec.encode_slices(slices, [[3, 11]])
    assert null_below(1) == 1
    assert np.abs(codec.decode(images, offset) - slices).max() <= 2.5 / 254 / 2 + 1e-6
    with pytest.raises(InputError, match="must start at 1. Received: standardization='adapted' with a=0, and"):
        EcgImageCodec(length=20, fs=10.0, arrangement="beats", standardization=Adapted(a=0))


def test_default_shape_and_names():
    assert beats_shape(2025, 1000.0) == (49, 45)
    assert EcgImageCodec(arrangement="beats").full_shape == (49, 45, 1)
    assert EcgImageCodec(arrangement="beats").standardization.a == 16
    assert CodecConfig(arrangement="beats", r_peak_at=0.3).name == "i_adapted_beats_at0.3s"
    assert CodecConfig(align="r_peak").name == "i_adapted_z_rpeak"
    assert CodecConfig(align="r_peak", r_peak_at=0.1).name == "i_adapted_z_rpeak_at0.1s"
    assert CodecConfig(r_peak_at=0.1).name == "i_adapted_z"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"align": "peak"}, "Unknown align. Received: align='peak'. Did you mean 'r_peak'"),
        ({"r_peak_at": -0.1}, "must stand 0 s or later in its beat. Received: r_peak_at=-0.1 s"),
        ({"r_peak_at": float("nan")}, "must stand 0 s or later in its beat. Received: r_peak_at=nan s"),
        ({"arrangement": "beats", "image_shape": (3, 3)}, "must fit into its image. Received: length=2025"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        EcgImageCodec(**arguments)


def test_as_many_lists_as_slices():
    codec = EcgImageCodec(length=20, fs=50.0, arrangement="beats")
    with pytest.raises(InputError, match="one list a slice. Received: 1 lists for 2 slices"):
        codec.encode_slices(np.zeros((2, 20, 1)), [[3]])


@pytest.fixture(scope="module")
def record():
    return simulate_record(draw_patients(1, 0)[0], 8.0, 500.0)


class TestRecordings:
    def test_encode_finds_the_beats_itself(self, record):
        signal_mv = record.select(("i", "v5"))
        codec = EcgImageCodec(("i", "v5"), "adapted", "beats", 1000, 500.0, (16, 200))
        images, offset, _ = codec.encode(signal_mv, 500.0)
        expected = signal_mv.reshape(4, 1000, 2)
        assert np.abs(codec.decode(images, offset) - expected).max() <= 2.5 / 239 / 2 + 1e-6
        # The R peak stands in column 0.25 s * 500 Hz of the rows that begin a beat.
        strongest = images[..., 1].reshape(4, -1).argmax(axis=1) % 200
        assert (np.abs(strongest - 125) <= 4).all()
        assert codec.encode_slices(expected).images.shape == images.shape

    def test_aligned_slices_have_an_r_peak_at_its_place(self, record):
        signal_mv = record.select(("v5",))
        codec = EcgImageCodec(("v5",), length=400, fs=500.0, align="r_peak", r_peak_at=0.2)
        slices, step = codec.cut(signal_mv), codec.index_step
        assert step == 1
        assert slices.found >= len(slices.r_peaks) > 3
        starts = slices.slice_index * step
        assert (np.diff(starts) >= 400).all()
        for of_slice, start, peaks in zip(slices.signal_mv, starts, slices.r_peaks, strict=True):
            np.testing.assert_array_equal(of_slice, signal_mv[start : start + 400])
            assert 100 in peaks
            assert abs(int(of_slice[50:150, 0].argmax()) + 50 - 100) <= 2
        aligned = codec.encode(signal_mv, 500.0)
        np.testing.assert_array_equal(aligned.images, codec.encode_slices(slices.signal_mv).images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"color": "lab", "leads": ("i", "ii", "v1")},
            "Received: color='lab', arrangement='beats'. Choose the color rgb",
        ),
        ({"domain": "dct", "standardization": "minmax"}, "Received: domain='dct', arrangement='beats'"),
    ],
)
def test_refuses_what_hides_where_samples_are(arguments, message):
    with pytest.raises(InputError, match=message):
        EcgImageCodec(arrangement="beats", **arguments)


def test_sixteen_bits_keep_the_share_of_levels_for_null():
    codec = EcgImageCodec(arrangement="beats", bits=16)
    assert codec.standardization.a == 4096
    slices = np.random.default_rng(0).uniform(0, 2.5, (2, 2025, 1))
    images, offset, _ = codec.encode_slices(slices, [np.array([700]), np.array([300, 1200])])
    assert np.abs(codec.decode(images, offset) - slices).max() <= 2.5 / (65535 - 4096) / 2 + 1e-6
