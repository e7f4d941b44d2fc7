import numpy as np
import pytest
from matplotlib.image import imread

from ecg_synth.errors import InputError
from ecg_synth.plots_training import PANELS, Mark, loss_curves

EPOCHS = np.arange(1.0, 9.0)


def test_every_metric_and_gaps(tmp_path):
    columns = {name: EPOCHS / 8 for _, _, curves in PANELS for name in curves}
    columns["accuracy_fake"] = np.where(EPOCHS % 4 == 0, 0.5, np.nan)
    columns["d_loss"] = np.where(EPOCHS == 8, np.inf, 1.0)
    loss_curves({"epoch": EPOCHS, **columns}, tmp_path / "a.png", "losses")
    loss_curves({"epoch": EPOCHS, "d_loss": EPOCHS}, tmp_path / "b.png", "losses")
    assert imread(tmp_path / "a.png").shape[0] > 2 * imread(tmp_path / "b.png").shape[0]


def test_a_single_epoch_and_nothing_finite(tmp_path):
    loss_curves({"epoch": EPOCHS[:1], "d_real": EPOCHS[:1]}, tmp_path / "a.png", "losses")
    nothing = np.full(8, np.nan)
    loss_curves({"epoch": EPOCHS, "d_loss": nothing, "d_grad": nothing}, tmp_path / "b.png", "losses")


def test_marks_change_the_picture_and_the_same_marks_give_the_same_bytes(tmp_path):
    columns = {"epoch": EPOCHS, "d_loss": EPOCHS}
    marks = [Mark("mode collapse", 2, 5), Mark("divergence", 7, 8), Mark("mode collapse", 7, 7)]
    for name, given in (("none", []), ("marked", marks), ("again", marks)):
        loss_curves(columns, tmp_path / f"{name}.png", "losses", given)
    assert (tmp_path / "marked.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    assert (tmp_path / "marked.png").read_bytes() != (tmp_path / "none.png").read_bytes()


@pytest.mark.parametrize("columns", [{"d_loss": EPOCHS}, {"epoch": EPOCHS}])
def test_refuses(tmp_path, columns):
    with pytest.raises(InputError, match=r"need a column 'epoch' and one metric at least. Received: columns="):
        loss_curves(columns, tmp_path / "a.png", "x")
