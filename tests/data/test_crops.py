"""Encoding in the graph, and random crops: the same bits as NumPy, the same windows for a seed."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.codec import ARRANGEMENTS, LAYOUTS, STANDARDIZATIONS, EcgImageCodec, TableImageCodec
from ecg_synth.codec.tabular import Column
from ecg_synth.data import SliceSet
from ecg_synth.data.crops import Cropper, as_trained
from ecg_synth.data.graph_encode import GraphEncoder
from ecg_synth.errors import InputError
from ecg_synth.signals.leads import PTB_15
from ecg_synth.training.pipeline import epoch_batches, steps_per_epoch

FIXED = [*sorted(ARRANGEMENTS.keys() - {"beats"}), "random:3"]


def the_same(codec, slices):
    found, offset = GraphEncoder(codec)(tf.constant(slices))
    expected = codec.encode_slices(slices)
    np.testing.assert_array_equal(found.numpy(), expected.images)
    np.testing.assert_array_equal(offset.numpy().view(np.uint32), expected.offset.view(np.uint32))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(FIXED),
    st.sampled_from(["adapted", "minmax", "quantile"]),
    st.sampled_from(sorted(LAYOUTS)),
    st.integers(1, 40),
    st.integers(1, 8),
    st.booleans(),
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from([0.1, 1.0, 8.0]),
    st.integers(0, 2**32 - 1),
)
def test_the_same_bits_as_numpy(arrangement, standardization, layout, length, n_leads, independent, dtype, reach, seed):
    rng = np.random.default_rng(seed)
    slices = rng.uniform(-reach, reach, (3, length, n_leads)).astype(dtype)
    # What a converter of 2000 units a mV gives lies exactly between levels more often than chance has it.
    slices[1] = np.rint(slices[1] * 2000) / 2000
    codec = EcgImageCodec(
        PTB_15[:n_leads], standardization, arrangement, length, layout=layout, independent=independent and n_leads > 1
    )
    the_same(codec.fit([slices[:2].astype(np.float64)]), slices)


def test_real_records(ptbxl):
    from ecg_synth.signals.wfdb_io import read_record

    name = next(name for name in (ptbxl / "RECORDS").read_text().split() if "records500" in name)
    signal_mv = read_record(ptbxl / name, leads=PTB_15[:12]).p_signal
    for standardization in ("adapted", "quantile"):
        codec = EcgImageCodec(PTB_15[:12], standardization, "hilbert", 1000, 500.0, layout="tiles", independent=True)
        slices = codec.cut(signal_mv).signal_mv
        the_same(codec.fit([slices]), slices)


def test_refusals():
    with pytest.raises(InputError, match="looks for no R peaks. Received: arrangement='beats'. Choose another arr"):
        GraphEncoder(EcgImageCodec(arrangement="beats"))
    with pytest.raises(InputError, match="'minmax' has no bounds yet"):
        GraphEncoder(EcgImageCodec(standardization="minmax"))


def longer(standardization="adapted", n=10, length=60, **arguments):
    """A set of slices of 60 samples, the codec, and the slices in mV."""
    slices = np.random.default_rng(0).uniform(-1.2, 1.2, (n, length, 2))
    slices[0, :30] *= 0.1
    codec = EcgImageCodec(("i", "ii"), standardization, length=length, **arguments).fit([slices])
    images = codec.encode_slices(slices).images
    names = ("healthy",)
    return SliceSet(images, np.zeros(n, np.int64), names, codec.get_config(), "simulated", "longer"), codec, slices


class TestCropper:
    @pytest.mark.parametrize("arrangement", FIXED)
    @pytest.mark.parametrize("layout", sorted(LAYOUTS))
    @pytest.mark.parametrize("standardization", sorted(STANDARDIZATIONS.keys() & {"adapted", "minmax", "quantile"}))
    def test_a_window_is_a_slice_of_its_own(self, arrangement, layout, standardization):
        slice_set, codec, slices = longer(standardization, arrangement=arrangement, layout=layout)
        cropper = Cropper(slice_set.codec, 25)
        starts = np.array([0, 35, 1, 2, 3, 30, 20, 10, 5, 17], np.int32)
        images = cropper(tf.constant(slice_set.images), tf.constant(starts)).numpy()
        found = cropper.codec.decode(images)
        windows = np.stack([of[start : start + 25] for of, start in zip(slices, starts, strict=True)])
        if standardization == "adapted":
            off = found - windows
            off -= np.median(off, axis=1, keepdims=True)
            level = 2.5 / codec.standardization.steps
        else:
            lower, upper = np.array(codec.standardization.lower), np.array(codec.standardization.upper)
            off = found - np.clip(windows, lower, upper)
            level = (upper - lower) / codec.standardization.steps / 2
        assert (np.abs(off) <= 1.5 * level + 1e-5).all()

    @settings(max_examples=30, deadline=None)
    @given(st.integers(1, 60), st.integers(0, 2**32 - 1))
    def test_levels_fall_by_the_windows_minimum_and_by_nothing_else(self, crop, seed):
        """Decoding and encoding again rounds nothing: the closed form in whole levels."""
        rng = np.random.default_rng(seed)
        codec = EcgImageCodec(length=60)
        slices = rng.uniform(-1, 1, (4, 60, 1))
        images = codec.encode_slices(slices).images
        levels = images.reshape(4, -1)[:, codec.position[:, 0]].astype(int)
        starts = rng.integers(0, 61 - crop, 4).astype(np.int32)
        cropper = Cropper(codec.get_config(), crop)
        assert (codec.standardization.a, cropper.codec.standardization.a) == (1, 1)
        found = cropper(tf.constant(images), tf.constant(starts)).numpy().reshape(4, -1)
        for of_crop, of_slice, start in zip(found[:, cropper.codec.position[:, 0]], levels, starts, strict=True):
            window = of_slice[start : start + crop]
            lowest = window.min()
            # The slice's own minimum is half a level below the middle of its first level.
            expected = window - lowest + 1
            np.testing.assert_array_equal(of_crop, expected)

    def test_config(self):
        slice_set, codec, _ = longer(image_shape=(6, 10), stride=30, arrangement="spiral", layout="tiles")
        assert codec.standardization.a == 0
        config, shape = as_trained(slice_set, 20)
        again = EcgImageCodec.from_config(json.loads(json.dumps(config)))
        assert (again.length, again.stride, again.image_shape, again.arrangement) == (20, 20, (5, 5), "spiral")
        assert again.standardization.a == 1
        assert shape == again.full_shape == (5, 10, 1)
        assert as_trained(slice_set, 0) == (slice_set.codec, slice_set.image_shape)

    def test_refusals(self):
        slice_set, *_ = longer()
        for crop in (-1, 61):
            with pytest.raises(InputError, match=rf"within a slice. Received: crop={crop}, and slices of 60 samples"):
                as_trained(slice_set, crop)
        table = TableImageCodec((Column("a", "binary"),), "blocks", 7)
        with pytest.raises(InputError, match="Only slices of an ECG can be cropped. Received: crop=5, and other data"):
            as_trained(dataclasses.replace(slice_set, codec={"codec": "table", **table.get_config()}), 5)
        beats = EcgImageCodec(("i", "ii"), length=60, arrangement="beats").get_config()
        with pytest.raises(InputError, match="looks for no R peaks"):
            as_trained(dataclasses.replace(slice_set, codec=beats), 5)


class TestBatches:
    def batches(self, seed, begin, end, crop=25):
        slice_set, _, _ = longer()
        return list(epoch_batches(slice_set, 4, seed, begin, end, crop=crop).as_numpy_iterator())

    def test_an_epoch_is_the_same_from_any_start_and_other_than_the_last(self):
        whole = self.batches(3, 0, 4)
        assert len(whole) == 4 * steps_per_epoch(longer()[0], 4)
        assert all(batch.shape == (4, 5, 5, 2) and batch.dtype == np.uint8 for batch in whole)
        for begin in (1, 3):
            np.testing.assert_array_equal(np.stack(self.batches(3, begin, 4)), np.stack(whole[2 * begin :]))
        assert len({batch.tobytes() for batch in whole}) == len(whole)
        assert not np.array_equal(np.stack(self.batches(4, 0, 1)), np.stack(whole[:2]))

    def test_every_window_is_drawn(self):
        slice_set, _, _ = longer()
        cropper = Cropper(slice_set.codec, 55)
        drawn = [cropper.starts(10, 0, tf.constant(epoch, tf.int64)).numpy() for epoch in range(30)]
        assert set(np.concatenate(drawn).tolist()) == set(range(6))
        assert not Cropper(slice_set.codec, 60).starts(10, 0, tf.constant(0, tf.int64)).numpy().any()
