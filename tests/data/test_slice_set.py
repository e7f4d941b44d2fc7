import numpy as np
import pytest

from ecg_synth.data import SliceSet
from ecg_synth.errors import InputError

GOOD = {
    "images": np.zeros((3, 8, 9, 2), np.uint8),
    "labels": np.array([0, -1, 1]),
    "class_names": ("infarction", "healthy"),
    "codec": {"a": 1, "b": [2.5]},
    "origin": "measured",
    "name": "set",
}


def make(**changes):
    return SliceSet(**{**GOOD, **changes})


def test_facts():
    slice_set = make()
    assert len(slice_set) == 3
    assert slice_set.image_shape == (8, 9, 2)


def test_fingerprint_is_over_images_labels_and_codec():
    images = GOOD["images"].copy()
    images[2, 7, 8, 1] = 1
    reference = make().fingerprint
    assert len(reference) == 64
    assert make(name="other", origin="simulated", codec={"b": [2.5], "a": 1}).fingerprint == reference
    changed = [
        make(images=images),
        make(labels=np.array([0, 0, 1])),
        make(codec={"a": 2, "b": [2.5]}),
        make(images=GOOD["images"].reshape(3, 9, 8, 2)),
    ]
    assert len({reference, *(one.fingerprint for one in changed)}) == 5
    assert make(images=np.asfortranarray(images)).fingerprint == make(images=images).fingerprint


def test_16_bits():
    images = np.zeros((3, 8, 9, 2), np.uint16)
    images[0, 0, 0, 0] = 256
    assert (make().bits, make(images=images).bits) == (8, 16)
    assert make(images=images).fingerprint != make(images=images + np.uint16(1)).fingerprint


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": np.zeros((3, 8, 8, 1), np.float32)}, "must be uint8 or uint16.*Received: images.dtype=float32"),
        ({"images": np.zeros((3, 8, 8), np.uint8)}, r"Received: .*images.shape=\(3, 8, 8\)"),
        ({"labels": np.zeros(2, np.int64)}, r"shape \(3,\). Received: .*labels.shape=\(2,\)"),
        ({"labels": np.zeros(3, np.int32)}, "Received: labels.dtype=int32"),
        ({"labels": np.array([0, 1, 2])}, "the 2 class names. Received: labels from 0 to 2"),
        ({"labels": np.array([0, 1, -2])}, "Received: labels from -2 to 1"),
        ({"origin": "real"}, "Unknown origin. Received: origin='real'.*'measured'"),
    ],
)
def test_refuses(changes, message):
    with pytest.raises(InputError, match=message):
        make(**changes)
