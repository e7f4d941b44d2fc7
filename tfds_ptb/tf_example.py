"""Examples as the bytes of a `tf.train.Example`, written directly.

TFDS walks through every feature of every example in Python, builds a protocol buffer and serializes that: 70 us an
example. Here each feature becomes its bytes at once (protobuf's encoding of tensorflow/core/example/example.proto),
5 us, and TFDS reads the result like its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from tensorflow_datasets.core.features.feature import FeatureConnector

from ecg_synth.sources.png import png_bytes

# Tags: field number * 8 + 2, 'a length and that many bytes' (protobuf's wire format).
_FIRST, _SECOND = b"\x0a", b"\x12"
_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = b"\x0a", b"\x12", b"\x1a"
# Texts, labels and numbers come again: those of a record with each of its slices.
_REMEMBERED = 1024

ToFeature = Callable[[Any], bytes]


class ExampleBytes:
    """Turns examples into bytes.

    Args:
        features: What an example holds: images, class labels, texts, numbers and arrays of numbers.

    Raises:
        TypeError: A feature is none of these.
    """

    def __init__(self, features: tfds.features.FeaturesDict):
        # In the order of names: the same example is the same bytes.
        self._to_entry = {name: _to_entry(name, features[name]) for name in sorted(features)}

    def __call__(self, example: Mapping[str, Any]) -> bytes:
        """Returns the example as bytes.

        Args:
            example: As a builder yields it: one value a feature, images as arrays.

        Raises:
            ValueError: An array has another shape than its feature.
        """
        return _with_length(_FIRST, b"".join([to_entry(example[name]) for name, to_entry in self._to_entry.items()]))


def _to_entry(name: str, feature: FeatureConnector) -> ToFeature:
    """Returns the function from a value to the bytes of its entry in `tf.train.Features`."""
    key = _with_length(_FIRST, name.encode())
    to_feature = _to_feature(feature)

    def to_entry(value: Any) -> bytes:
        return _with_length(_FIRST, key + _with_length(_SECOND, to_feature(value)))

    single = isinstance(feature, tfds.features.Text | tfds.features.ClassLabel | tfds.features.Scalar)
    return functools.lru_cache(_REMEMBERED)(to_entry) if single else to_entry


def _to_feature(feature: FeatureConnector) -> ToFeature:
    """Returns the function from a value to the bytes of its `tf.train.Feature`."""
    dtype, shape = feature.np_dtype, feature.shape
    if isinstance(feature, tfds.features.Image):
        return lambda value: _bytes(png_bytes(_shaped(value, shape, dtype)))
    if isinstance(feature, tfds.features.Text):
        return lambda value: _bytes(value.encode() if isinstance(value, str) else value)
    if isinstance(feature, tfds.features.ClassLabel):
        return lambda value: _integers(feature.encode_example(value))
    if isinstance(feature, tfds.features.Tensor):
        # What TFDS wants in the file tells an array that is kept as raw bytes from one that is kept as numbers.
        if feature.get_serialized_info().np_dtype != dtype:
            return lambda value: _bytes(_shaped(value, shape, dtype).tobytes())
        if np.issubdtype(dtype, np.integer):
            return lambda value: _integers(_shaped(value, shape, dtype))
        if np.issubdtype(dtype, np.floating):
            return lambda value: _floats(_shaped(value, shape, dtype))
    raise TypeError(f"Only images, labels, texts and numbers can be written. Received: {feature!r}.")


def _shaped(value: Any, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    array = np.asarray(value, dtype=dtype)
    if array.shape != shape:
        raise ValueError(f"An array must have its feature's shape, {shape}. Received: shape={array.shape}.")
    return array


def _bytes(value: bytes) -> bytes:
    return _with_length(_BYTES_LIST, _with_length(_FIRST, value))


def _floats(values: np.ndarray) -> bytes:
    return _with_length(_FLOAT_LIST, _with_length(_FIRST, values.astype("<f4").tobytes()))


def _integers(values: Any) -> bytes:
    # A negative number is its two's complement in 64 bits.
    packed = b"".join([_varint(value & 0xFFFFFFFFFFFFFFFF) for value in np.ravel(values).tolist()])
    return _with_length(_INT64_LIST, _with_length(_FIRST, packed))


def _with_length(tag: bytes, content: bytes) -> bytes:
    return tag + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last have the eighth bit set."""
    if number < 1 << 7:
        return bytes((number,))
    if number < 1 << 14:
        return bytes((number & 127 | 128, number >> 7))
    return bytes((number & 127 | 128,)) + _varint(number >> 7)
