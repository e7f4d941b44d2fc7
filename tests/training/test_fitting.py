import numpy as np
import pytest

from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError
from ecg_synth.models.presets import get_preset
from ecg_synth.training.fitting import check_fits


def images(labels=(0, 1, 0, 1), channels=1, codec="ecg", names=("a", "b")):
    shape = (len(labels), 8, 8, channels)
    return SliceSet(np.zeros(shape, np.uint8), np.array(labels, np.int64), names, {"codec": codec}, "simulated", "toy")


@pytest.mark.parametrize(
    ("preset", "data"),
    [
        ("dcgan", images()),
        ("dcgan", images(codec="table")),
        ("acgan", images()),
        ("rgb", images(channels=3)),
        ("thyroid", images(codec="table")),
        ("fingerprint-cnn", images((-1,), codec="picture")),
        (None, images(channels=3)),
    ],
)
def test_what_fits(preset, data):
    check_fits(get_preset(preset or "dcgan"), data, preset)


@pytest.mark.parametrize(
    ("preset", "data", "message"),
    [
        ("rgb", images(), r"'rgb' is for images of 3 channels. Received: 'toy', .* 1 channel.* --leads i ii iii"),
        ("rgb", images(codec="picture"), r"Prepare --channels 3, or choose another preset."),
        ("thyroid", images(), r"'thyroid' is for images of the codec 'table'. Received: .*'ecg'. .*--source thyroid"),
        ("fingerprint-fcn", images(codec="table"), r"Prepare pictures: --source images"),
        ("acgan", images((0, 0)), r"at least 2. Received: n_classes=1 in 'toy': a. Prepare records with diagnoses"),
        ("acgan", images((-1, -1)), r"n_classes=0 in 'toy': none."),
        ("acgan", images((0, 1, -1)), r"needs the class of every image. Received: 1 of 3 images .* --classes 'a' 'b'"),
    ],
)
def test_what_does_not(preset, data, message):
    with pytest.raises(InputError, match=message):
        check_fits(get_preset(preset), data, preset)
