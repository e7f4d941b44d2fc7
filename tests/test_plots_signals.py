import numpy as np
import pytest
from matplotlib.image import imread

from ecg_synth.errors import InputError
from ecg_synth.plots_signals import ecg_columns, reach


def beats(n=2, leads=1, length=500, height=1.2):
    signal = np.zeros((n, length, leads))
    signal[:, 100:110] = height
    return signal


def test_draws_every_column_and_lead(tmp_path):
    columns = [("measured", beats(leads=2)), ("synthetic", beats(leads=2))]
    ecg_columns(columns, 250.0, ("i", "ii"), tmp_path / "a.png", "title")
    ecg_columns(columns, 250.0, ("i", "ii"), tmp_path / "b.png", "title")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    picture = imread(tmp_path / "a.png")
    assert (picture[..., :3].max(axis=-1) < 0.2).any()  # black traces


def test_paper_is_as_long_as_the_slice(tmp_path):
    for name, seconds in (("short", 2), ("long", 4)):
        ecg_columns([("x", beats(length=250 * seconds))], 250.0, ("i",), tmp_path / f"{name}.png", "t")
    short, long = (imread(tmp_path / f"{name}.png").shape[1] for name in ("short", "long"))
    # 25 mm/s, an inch for 12.7 mm of paper, 100 dots an inch.
    assert long - short == pytest.approx(2 * 25 / 12.7 * 100, abs=2)


def test_strips_hold_the_traces():
    assert reach([("x", beats(height=1.2))]) == (-0.5, 1.5)
    assert reach([("x", beats(height=-9.0)), ("y", beats(height=0.7))]) == (-2.5, 1.0)


def test_columns_of_different_shapes_are_refused(tmp_path):
    with pytest.raises(InputError, match="Columns must hold slices of one shape"):
        ecg_columns([("a", beats(2)), ("b", beats(3))], 250.0, ("i",), tmp_path / "p.png", "t")
    with pytest.raises(InputError, match="Columns must hold slices of one shape"):
        ecg_columns([("a", beats(0))], 250.0, ("i",), tmp_path / "p.png", "t")
    assert not (tmp_path / "p.png").exists()
