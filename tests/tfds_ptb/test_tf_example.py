"""Examples written directly are the examples that TFDS writes."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tensorflow_datasets.core.example_serializer import ExampleSerializer

import tfds_ptb
from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import CodecConfig
from ecg_synth.sources.databases import open_source
from ecg_synth.sources.examples import Report, iter_examples
from tfds_ptb.tf_example import ExampleBytes

FEATURES = tfds.features.FeaturesDict(
    {
        "label": tfds.features.ClassLabel(names=["a", "b", "c"]),
        "offset": tfds.features.Tensor(shape=(3,), dtype=np.float32),
        "flags": tfds.features.Tensor(shape=(2, 2), dtype=np.uint8),
        "raw": tfds.features.Tensor(shape=(2, 3), dtype=np.uint16, encoding="bytes"),
        "record": tfds.features.Text(),
        "slice_index": tfds.features.Scalar(dtype=np.int64),
        "share": tfds.features.Scalar(dtype=np.float32),
    }
)
EXAMPLE = {
    "label": 2,
    "offset": np.arange(3, dtype=np.float32),
    "flags": np.eye(2, dtype=np.uint8),
    "raw": np.arange(6, dtype=np.uint16).reshape(2, 3),
    "record": "r",
    "slice_index": 300,
    "share": 0.5,
}


def by_tfds(features, example):
    serialized = ExampleSerializer(features.get_serialized_info()).serialize_example(features.encode_example(example))
    return tf.train.Example.FromString(serialized)


@settings(max_examples=100, deadline=None)
@given(
    label=st.sampled_from([-1, 0, 1, 2, "b"]),
    offset=arrays(np.float32, 3, elements=st.floats(width=32)),
    flags=arrays(np.uint8, (2, 2)),
    raw=arrays(np.uint16, (2, 3)),
    record=st.text(max_size=300),
    slice_index=st.integers(-(2**63), 2**63 - 1),
    share=st.floats(width=32, allow_nan=False),
)
def test_any_values(**example):
    ours = ExampleBytes(FEATURES)(example)
    expected = by_tfds(FEATURES, example)
    assert tf.train.Example.FromString(ours).SerializeToString(deterministic=True) == expected.SerializeToString(
        deterministic=True
    )


@pytest.mark.parametrize("leads", [("i",), ("i", "vx"), ("i", "ii", "iii")])
def test_the_builders_examples_are_read_back(simulated, leads):
    choice = CodecConfig(leads=leads, arrangement="spiral")
    features = tfds_ptb.PtbEcgImages(config=tfds_ptb.EcgImagesConfig(codec=choice)).info.features
    source = open_source("ptb", simulated)
    to_bytes = ExampleBytes(features)
    for _, example in iter_examples(source, source.entries[:1], EcgImageCodec.from_choice(choice), Report()):
        found = features.deserialize_example_np(to_bytes(example))
        assert found.keys() == example.keys()
        np.testing.assert_array_equal(found["image"], example["image"])
        np.testing.assert_array_equal(found["offset"], example["offset"])
        assert (found["record"].decode(), found["patient"].decode()) == (example["record"], example["patient"])
        assert [found[name] for name in ("label", "diagnosis", "slice_index")] == [
            example[name] for name in ("label", "diagnosis", "slice_index")
        ]


def test_ptbxls_features_are_known():
    ExampleBytes(tfds_ptb.PtbxlEcgImages().info.features)


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"must have its feature's shape, \(3,\). Received: shape=\(4,\)"):
        ExampleBytes(FEATURES)({**EXAMPLE, "offset": np.zeros(4, np.float32)})


def test_a_feature_of_another_kind_is_refused():
    features = tfds.features.FeaturesDict({"x": tfds.features.Sequence(np.int64)})
    with pytest.raises(TypeError, match="Only images, labels, texts and numbers can be written. Received: Sequence"):
        ExampleBytes(features)
