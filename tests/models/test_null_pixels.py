import numpy as np
import pytest

from ecg_synth.codec import EcgImageCodec, TableImageCodec
from ecg_synth.config import DcganConfig, FcnConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models.build import build_gan
from ecg_synth.models.fcn import Fcn

TABLE = TableImageCodec([("a", "binary"), ("b", "continuous")], side=3, bounds={"b": (0, 1)})
PADDED = EcgImageCodec(("i", "ii"), length=60, fs=100.0, layout="stripes")


@pytest.mark.parametrize("codec", [TABLE, PADDED], ids=["table", "padded ECG"])
@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_null_pixels_are_zero_in_all_that_is_made(codec, ema):
    shape = (*getattr(codec, "full_shape", (*codec.image_shape, 1)),)
    config = TrainConfig(model=FcnConfig(ema=ema), null_mask=True)
    gan = build_gan(config, shape, codec=codec.get_config())
    null = codec.null_pixels
    assert len(null)
    images = gan.sample(20).reshape(20, -1)
    assert (images[:, null] == 0).all()
    assert (np.delete(images, null, axis=1) != 0).any()
    # What the discriminator is shown in training, too.
    shown = np.asarray(gan(np.ones((2, 5), np.float32), training=True)).reshape(2, -1)
    assert (shown[:, null] == -1).all()
    again = Fcn.from_config(gan.get_config())
    assert again.null_pixels == tuple(null)


def test_only_where_it_is_asked_for():
    plain = build_gan(TrainConfig(model=FcnConfig()), (3, 3, 1), codec=TABLE.get_config())
    assert plain.null_pixels == ()
    assert (plain.sample(20).reshape(20, -1)[:, TABLE.null_pixels] != 0).any()


def test_a_full_image_has_none():
    codec = EcgImageCodec(("i",), length=64, fs=100.0)
    config = TrainConfig(model=DcganConfig(latent_dim=5, filters=(4,)), null_mask=True)
    assert build_gan(config, codec.full_shape, codec=codec.get_config()).null_pixels == ()


def test_pixels_beyond_the_image():
    with pytest.raises(InputError, match=r"NULL pixels must be from 0 to 8, .* Received: null_pixels from 2 to 9."):
        Fcn((3, 3, 1), null_pixels=(2, 9))
