import numpy as np
import pytest
from matplotlib.image import imread

from ecg_synth.errors import InputError
from ecg_synth.plots_many_leads import ecg_tiles

LEADS = ("i", "ii", "iii")


def beats(n=7, height=1.0):
    signal = np.zeros((n, 250, 3))
    signal[:, 100:105] = height
    return signal


def test_every_slice_has_a_tile_and_the_same_picture_again(tmp_path):
    groups = [("measured", beats()), ("synthetic", beats())]
    for name in "ab":
        ecg_tiles(groups, 250.0, LEADS, tmp_path / f"{name}.png", "title")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    two_rows, one_row = [], []
    for kept, sizes in ((7, two_rows), (6, one_row)):
        ecg_tiles([("measured", beats(kept))], 250.0, LEADS, tmp_path / "c.png", "title")
        sizes += imread(tmp_path / "c.png").shape
    # The seventh slice begins a second row.
    assert two_rows[0] > 1.5 * one_row[0]
    assert two_rows[1] == one_row[1]


def test_an_offset_of_a_lead_is_not_seen(tmp_path):
    ecg_tiles([("measured", beats())], 250.0, LEADS, tmp_path / "a.png", "title")
    ecg_tiles([("measured", beats() + np.array([0.5, -1.0, 3.0]))], 250.0, LEADS, tmp_path / "b.png", "title")
    np.testing.assert_allclose(imread(tmp_path / "a.png"), imread(tmp_path / "b.png"), atol=0.02)


@pytest.mark.parametrize("groups", [[("a", beats(7)), ("b", beats(6))], [("a", beats(0))]])
def test_groups_of_different_shapes_are_refused(tmp_path, groups):
    with pytest.raises(InputError, match="Groups must hold slices of one shape"):
        ecg_tiles(groups, 250.0, LEADS, tmp_path / "p.png", "t")
    assert not (tmp_path / "p.png").exists()
