import io
import sys

import pytest
from toy_training import toy_set

from ecg_synth.config import DcganConfig, TrainConfig
from ecg_synth.training.train import train

CONFIG = TrainConfig(model=DcganConfig(latent_dim=5, filters=(4, 8)), batch_size=8, epochs=3)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "bars"), [(io.StringIO(), 0), (Terminal(), 1)])
def test_a_bar_on_terminals_and_lines_in_logs(tmp_path, monkeypatch, stream, bars):
    monkeypatch.setattr(sys, "stderr", stream)
    train(CONFIG, toy_set(), tmp_path / "run")
    written = stream.getvalue()
    assert ("\r" in written) == bool(bars)
    assert "/3" in written
    assert "d_loss" in written
    assert "images/s" in written
    if not bars:
        assert written.splitlines()[-1].startswith("train: epoch 3.0/3, ")
        assert len(written.splitlines()) <= 3
