"""The network, its weights, and its training, on tiny sizes."""

import functools
import json
import re

import numpy as np
import pytest

from ecg_synth.cli.main import main
from ecg_synth.config import FitDigitizerConfig
from ecg_synth.digitizing import ink as ink_module
from ecg_synth.digitizing.crops import page_crops
from ecg_synth.digitizing.ink import probabilities
from ecg_synth.digitizing.light import even_light
from ecg_synth.digitizing.weights import SHIPPED, digest, load_network, save_weights
from ecg_synth.errors import InputError

TINY = FitDigitizerConfig(pages=1, crops=1, crop_px=32, batch=1, steps=2)


def test_the_network_answers_for_every_pixel():
    from ecg_synth.digitizing.network import build_network

    network = build_network((4, 4, 4), seed=1)
    assert network.predict_on_batch(np.ones((2, 16, 24, 3), dtype=np.float32)).shape == (2, 16, 24, 3)
    again = build_network((4, 4, 4), seed=1)
    for one, other in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_folding_is_undone():
    from ecg_synth.digitizing.network import _Fold, _Unfold

    image = np.random.default_rng(0).normal(size=(1, 6, 4, 3)).astype(np.float32)
    unfolded = _Unfold(2)(image)
    assert unfolded.shape == (1, 3, 2, 12)
    np.testing.assert_array_equal(_Fold(2)(unfolded), image)


def test_even_light_takes_out_shadow_and_color():
    stream = np.random.default_rng(0)
    image = np.full((200, 240, 3), (0.9, 0.8, 0.7), dtype=np.float32)
    image[stream.random((200, 240)) < 0.05] *= 0.3
    shade = np.linspace(1, 0.8, 240, dtype=np.float32)[None, :, None]
    np.testing.assert_allclose(even_light(image * shade), even_light(image), atol=0.05)
    assert np.median(even_light(image)) == pytest.approx(1)


@pytest.fixture(scope="module")
def card():
    return json.loads(SHIPPED.with_suffix(".json").read_text(encoding="utf-8"))


class TestShippedWeights:
    def test_are_those_of_their_card(self, card):
        network, held = load_network()
        assert held == card
        arrays = {f"{k:03d}": value for k, value in enumerate(network.get_weights())}
        assert digest(arrays) == card["weights_sha256"]
        assert network.count_params() == card["weights"]
        assert SHIPPED.stat().st_size < 2_000_000
        assert card["license"]
        assert card["records"].startswith("simulated")

    def test_tell_a_trace_from_a_grid(self):
        image = np.ones((96, 160, 3), dtype=np.float32)
        image[::8], image[:, ::8] = (1, 0.75, 0.72), (1, 0.75, 0.72)
        rows = np.round(48 + 14 * np.sin(np.arange(160) / 14)).astype(int)
        for k in range(3):
            image[rows + k, np.arange(160)] = 0.05
        trace = probabilities(image)[..., 0]
        assert trace[rows + 1, np.arange(160)][16:-16].mean() > 0.8
        assert trace[:24].max() < 0.3

    def test_strips_answer_as_the_whole(self, monkeypatch):
        stream = np.random.default_rng(0)
        image = 1 - 0.9 * (stream.random((256, 64, 3)) < 0.02).astype(np.float32)
        whole = probabilities(image)
        monkeypatch.setattr(ink_module, "AT_ONCE_PX", 64 * 128)
        monkeypatch.setattr(ink_module, "HALO_PX", 128)
        np.testing.assert_allclose(probabilities(image), whole, atol=0.02)


class TestFiles:
    def test_a_damaged_file_is_refused(self, tmp_path):
        path = tmp_path / "weights.npz"
        path.write_bytes(SHIPPED.read_bytes()[:1000])
        with pytest.raises(InputError, match="must be one of 'ecg-synth fit-digitizer'"):
            load_network(path)

    def test_other_weights_under_an_old_card_are_refused(self, tmp_path):
        with np.load(SHIPPED) as archive:
            arrays = {name: archive[name] for name in archive.files}
        arrays["000"] = arrays["000"] + 1
        np.savez(tmp_path / "other.npz", **arrays)
        with pytest.raises(InputError, match="damaged"):
            load_network(tmp_path / "other.npz")

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(InputError, match=re.escape(f"Received: weights='{tmp_path / 'none.npz'}'")):
            load_network(tmp_path / "none.npz")

    def test_what_is_written_is_read(self, tmp_path):
        from ecg_synth.digitizing.network import build_network

        network = build_network((4, 4), seed=3)
        save_weights(network, tmp_path / "a.npz", {"widths": [4, 4]})
        read, _ = load_network(tmp_path / "a.npz")
        for one, other in zip(network.get_weights(), read.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


class TestTraining:
    def test_a_page_gives_the_same_crops_again(self):
        first, again = (page_crops(None, (), 3, 2, 64, seed=5) for _ in range(2))
        np.testing.assert_array_equal(first.images, again.images)
        np.testing.assert_array_equal(first.labels, again.labels)
        assert first.images.shape == (2, 64, 64, 3)
        assert set(np.unique(first.labels)) <= {0, 1, 2, 3}

    def test_an_interrupted_run_ends_as_a_whole_one(self, tmp_path, monkeypatch):
        from ecg_synth.digitizing import fit

        # A narrow network, and the page drawn once: that it is drawn alike is another test.
        monkeypatch.setattr(fit, "build_network", functools.partial(fit.build_network, (4, 4)))
        drawn = page_crops(None, (), 3, 1, 32, seed=5)
        monkeypatch.setattr(fit, "page_crops", lambda *_: drawn)
        whole = fit.fit_digitizer(tmp_path / "whole.npz", TINY)
        assert not (tmp_path / "whole.npz.work").exists()

        def stop_after_one(self, step, batch=fit.Trainer.batch):
            if step == 1:
                self.save()
                raise KeyboardInterrupt
            return batch(self, step)

        with monkeypatch.context() as patched:
            patched.setattr(fit.Trainer, "batch", stop_after_one)
            with pytest.raises(KeyboardInterrupt):
                fit.fit_digitizer(tmp_path / "torn.npz", TINY)
        assert not (tmp_path / "torn.npz").exists()
        assert fit.fit_digitizer(tmp_path / "torn.npz", TINY)["weights_sha256"] == whole["weights_sha256"]

    def test_other_work_is_not_gone_on_with(self, tmp_path):
        from ecg_synth.digitizing.fit import fit_digitizer

        work = tmp_path / "a.npz.work"
        work.mkdir()
        (work / "settings.json").write_text("{}")
        with pytest.raises(InputError, match="Unfinished work of other settings"):
            fit_digitizer(tmp_path / "a.npz", TINY)

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            (["--out", "a.keras"], "Weights are written as .npz. Received: out='a.keras'."),
            (["--out", "a.npz", "--pages", "0"], "pages of at least 1. Received: pages=0."),
            (["--out", "a.npz", "--crop-px", "40"], "a multiple of 32. Received: crop_px=40."),
            (["--out", "a.npz", "--seed", "-1"], "seed=-1"),
            (["--out", "a.npz", "--records", "nowhere"], "must be in a folder. Received: records='nowhere'."),
        ],
    )
    def test_bad_input_is_told(self, flags, message, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        assert main(["fit-digitizer", *flags]) == 1
        assert message in capsys.readouterr().err

    def test_a_file_that_stands_there_stays(self, tmp_path, capsys):
        (tmp_path / "a.npz").write_bytes(b"mine")
        assert main(["fit-digitizer", "--out", str(tmp_path / "a.npz")]) == 1
        assert "A file stands where the result should be written" in capsys.readouterr().err
        assert (tmp_path / "a.npz").read_bytes() == b"mine"
