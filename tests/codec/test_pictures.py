import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecg_synth.codec import PictureCodec, codec_from_config
from ecg_synth.errors import InputError


@given(st.data(), st.integers(1, 8), st.integers(1, 8), st.sampled_from([1, 3]))
def test_encode_and_decode_are_the_identity(data, height, width, channels):
    pictures = data.draw(arrays(np.uint8, (2, height, width, channels)))
    codec = PictureCodec((height, width), channels)
    images, saturated = codec.encode(pictures)
    np.testing.assert_array_equal(images, pictures)
    np.testing.assert_array_equal(codec.decode(images), pictures)
    assert saturated.tolist() == [False, False]


def test_config_round_trips_through_json():
    for codec in (PictureCodec(7), PictureCodec((8, 9), channels=3)):
        again = codec_from_config(json.loads(json.dumps(codec.get_config())))
        assert isinstance(again, PictureCodec)
        assert again.get_config() == codec.get_config()
        assert (again.image_shape, again.channels) == (codec.image_shape, codec.channels)


def test_bad_arguments():
    with pytest.raises(InputError, match="at least one pixel a side. Received: side=0x4."):
        PictureCodec((0, 4))
    with pytest.raises(InputError, match=r"1 channel \(grey\) or 3 \(color\). Received: channels=2."):
        PictureCodec(4, channels=2)
    with pytest.raises(InputError, match=r"Images must be \(n, 4, 4, 1\). Received: shape=\(1, 4, 4, 3\)."):
        PictureCodec(4).encode(np.zeros((1, 4, 4, 3), np.uint8))
    with pytest.raises(InputError, match="must be uint8 grey levels. Received: dtype=int64."):
        PictureCodec(4).decode(np.zeros((1, 4, 4, 1), int))
