import numpy as np
import pytest

from ecg_synth.data import SliceSet
from ecg_synth.data.classes import check_labels, with_classes
from ecg_synth.errors import InputError

NAMES = ("NORM", "MI", "STTC", "CD")
LABELS = np.array([0, 1, 2, 3, -1, 0, 2])


def labelled():
    images = np.arange(7, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8)
    return SliceSet(images, LABELS, NAMES, {}, "measured", "x")


def test_none_named_keeps_the_set():
    slice_set = labelled()
    assert with_classes(slice_set, ()) is slice_set


def test_chooses_orders_and_joins():
    chosen = with_classes(labelled(), ("MI", "other=STTC+CD", "NORM"))
    assert chosen.class_names == ("MI", "other", "NORM")
    np.testing.assert_array_equal(chosen.labels, [2, 0, 1, 1, 2, 1])
    np.testing.assert_array_equal(chosen.images[:, 0, 0, 0], [0, 1, 2, 3, 5, 6])
    assert chosen.fingerprint != labelled().fingerprint


def test_all_classes_by_name_is_all_that_is_known():
    chosen = with_classes(labelled(), NAMES)
    np.testing.assert_array_equal(chosen.labels, LABELS[LABELS >= 0])


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (("NROM",), "Unknown class in x. Received: class='NROM'. Did you mean 'NORM'"),
        (("NORM", "rest=MI+NORM"), r"Each class may stand once in classes. Received: 'NORM' twice"),
        (("NORM", "NORM=MI"), r"Each name may stand once in classes. Received: 'NORM' twice"),
        (("rest=",), "Unknown class"),
    ],
)
def test_refuses(classes, message):
    with pytest.raises(InputError, match=message):
        with_classes(labelled(), classes)


def test_refuses_a_class_without_images():
    slice_set = labelled()
    wider = SliceSet(slice_set.images, LABELS, (*NAMES, "HYP"), {}, "measured", "x")
    with pytest.raises(InputError, match="at least one image. Received: 'HYP' in 'x'"):
        with_classes(wider, ("HYP",))
    assert with_classes(wider, ("HYP", "MI"), complete=False).labels.tolist() == [1]


def test_unknown_labels_are_refused_with_the_remedy():
    with pytest.raises(InputError, match=r"1 of 7 images in 'x' with an unknown label.*--classes 'NORM' 'MI'"):
        check_labels(labelled())
    check_labels(with_classes(labelled(), NAMES))
