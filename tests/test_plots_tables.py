import numpy as np
import pytest
from PIL import Image

from ecg_synth.errors import InputError
from ecg_synth.plots_pictures import image_panels, interpolation_figure
from ecg_synth.plots_tables import compare_tables

NAMES, KINDS = ("age", "sick"), np.array([False, True])


def rows(count, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([rng.normal(size=count), rng.integers(0, 2, count)], axis=1)


def test_the_same_tables_give_the_same_bytes(tmp_path):
    groups = {"measured": rows(20), "synthetic": rows(30, 1)}
    for name in ("a.png", "b.png"):
        compare_tables(groups, NAMES, KINDS, tmp_path / name, "title")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("kind", [True, False])
def test_columns_of_one_kind(tmp_path, kind):
    compare_tables({"synthetic": rows(5)}, NAMES, np.array([kind, kind]), tmp_path / "a.png", "title")
    assert Image.open(tmp_path / "a.png").size[0] == 900


@pytest.mark.parametrize(
    ("groups", "kinds", "message"),
    [
        ({}, KINDS, "From 1 to 4 tables are drawn side by side"),
        ({"a": rows(0)}, KINDS, r"\(rows, 2\) with at least one row. Received: 'a' of shape \(0, 2\)"),
        ({"a": rows(3)}, KINDS[:1], "Each column needs a name and a kind. Received: 2 names, 1 kinds"),
    ],
)
def test_bad_tables(tmp_path, groups, kinds, message):
    with pytest.raises(InputError, match=message):
        compare_tables(groups, NAMES, kinds, tmp_path / "a.png", "title")


@pytest.mark.parametrize("signals", [None, (np.zeros((9, 40, 2)), 100.0)])
def test_interpolation(tmp_path, signals):
    interpolation_figure(np.zeros((9, 8, 8, 2), np.uint8), tmp_path / "a.png", "title", signals)
    assert Image.open(tmp_path / "a.png").size[0] == 1120


def test_too_few_steps(tmp_path):
    with pytest.raises(InputError, match="An interpolation is drawn in 2 to 64 steps. Received: 1."):
        interpolation_figure(np.zeros((1, 8, 8, 1), np.uint8), tmp_path / "a.png", "title")


def test_panels(tmp_path):
    images = np.zeros((4, 8, 8, 1), np.uint8)
    image_panels({"simulated": images, "synthetic": images[:2]}, tmp_path / "a.png", "title")
    assert Image.open(tmp_path / "a.png").size == (680, 400)
    with pytest.raises(InputError, match=r"Panels need at least one image each. Received: {'a': 0}."):
        image_panels({"a": images[:0]}, tmp_path / "a.png", "title")
