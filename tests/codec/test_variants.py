import numpy as np
import pytest

from ecg_synth.codec import EcgImageCodec
from ecg_synth.codec.variants import varied
from ecg_synth.errors import InputError

SLICES = np.random.default_rng(0).uniform(-1, 1, (4, 25, 2))


@pytest.mark.parametrize("standardization", ["adapted", "minmax", "quantile", "equalized"])
def test_nothing_changed_is_the_same_codec(standardization):
    codec = EcgImageCodec(("i", "ii"), standardization, length=25).fit([SLICES])
    assert varied(codec).get_config() == codec.get_config()


def test_another_arrangement_holds_the_same_levels():
    codec = EcgImageCodec(("i", "ii"), "minmax", length=25).fit([SLICES])
    other = varied(codec, arrangement="hilbert")
    images = (codec.encode_slices(SLICES).images, other.encode_slices(SLICES).images)
    np.testing.assert_array_equal(codec.decode(images[0]), other.decode(images[1]))


def test_null_pixels_raise_the_lowest_level():
    codec = EcgImageCodec(("i", "ii"), "minmax", length=25).fit([SLICES])
    assert codec.standardization.a == 0
    shorter = varied(codec, length=20, image_shape=None)
    assert (shorter.standardization.a, shorter.standardization.lower) == (1, codec.standardization.lower)
    assert varied(codec, arrangement="beats", image_shape=None).standardization.a == 16
    # What has room for NULL keeps it.
    assert varied(shorter, length=25).standardization.a == 1


def test_frequencies_stay_frequencies():
    codec = EcgImageCodec(("i", "ii"), "minmax", length=25, domain="dct").fit([SLICES])
    assert varied(codec, arrangement="spiral").domain.get_config() == codec.domain.get_config()
    with pytest.raises(InputError, match="Received: domain='dct', arrangement='beats'"):
        varied(codec, arrangement="beats", image_shape=None)
