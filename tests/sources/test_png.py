import io

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from ecg_synth.sources.png import CHANNELS, png_bytes


@pytest.mark.parametrize("channels", CHANNELS)
@settings(deadline=None)
@given(data=st.data(), height=st.integers(1, 20), width=st.integers(1, 20))
def test_tensorflow_reads_the_same_pixels(channels, data, height, width):
    image = data.draw(arrays(np.uint8, (height, width, channels)))
    np.testing.assert_array_equal(tf.io.decode_png(png_bytes(image)).numpy(), image)


@pytest.mark.parametrize("channels", CHANNELS)
@settings(deadline=None)
@given(data=st.data(), height=st.integers(1, 20), width=st.integers(1, 20))
def test_sixteen_bits(channels, data, height, width):
    image = data.draw(arrays(np.uint16, (height, width, channels)))
    np.testing.assert_array_equal(tf.io.decode_png(png_bytes(image), dtype=tf.uint16).numpy(), image)


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("transposed", [False, True])
def test_pillow_opens_it_as_a_plain_png(channels, transposed):
    image = np.random.default_rng(0).integers(0, 256, (45, 44, channels), dtype=np.uint8)
    image = image.transpose(1, 0, 2) if transposed else image
    with Image.open(io.BytesIO(png_bytes(image))) as opened:
        opened.verify()
    with Image.open(io.BytesIO(png_bytes(image))) as opened:
        assert (opened.format, opened.size) == ("PNG", image.shape[1::-1])
        np.testing.assert_array_equal(np.asarray(opened).reshape(image.shape), image)
