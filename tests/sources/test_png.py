import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecg_synth.sources.png import CHANNELS, png_bytes


@pytest.mark.parametrize("channels", CHANNELS[8])
@given(data=st.data(), height=st.integers(1, 20), width=st.integers(1, 20))
def test_tensorflow_reads_the_same_pixels(channels, data, height, width):
    image = data.draw(arrays(np.uint8, (height, width, channels)))
    np.testing.assert_array_equal(tf.io.decode_png(png_bytes(image)).numpy(), image)


@given(data=st.data(), height=st.integers(1, 20), width=st.integers(1, 20))
def test_sixteen_bits_in_grey(data, height, width):
    image = data.draw(arrays(np.uint16, (height, width, *CHANNELS[16])))
    np.testing.assert_array_equal(tf.io.decode_png(png_bytes(image), dtype=tf.uint16).numpy(), image)
