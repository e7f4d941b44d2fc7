"""A run that is judged while it trains: the best is the best, and a killed run ends with the same bits."""

import dataclasses

import h5py
import numpy as np
import pytest

from ecg_synth import load_sampler
from ecg_synth.codec import EcgImageCodec, PictureCodec
from ecg_synth.config import DcganConfig, StopConfig, TrainConfig
from ecg_synth.data import SliceSet
from ecg_synth.errors import InputError
from ecg_synth.metrics.epochs import epochs_section
from ecg_synth.metrics.evaluate_every import EvaluateEvery
from ecg_synth.metrics.frechet import frechet_distance
from ecg_synth.training import Run, train
from ecg_synth.training.best import best_epoch
from ecg_synth.training.checkpoints import WEIGHTS

CODEC = EcgImageCodec(length=250, fs=125.0)
CONFIG = TrainConfig(
    model=DcganConfig(latent_dim=5, filters=(4, 8)),
    batch_size=8,
    epochs=9,
    image_every=100,
    checkpoint_every=4,
    evaluate_every=2,
)


def slices(seed, count=40):
    stream = np.random.default_rng(seed)
    t = np.arange(250) / 125
    signal = np.sin(2 * np.pi * (2 * t + stream.uniform(size=(count, 1)))) + 0.05 * stream.normal(size=(count, 250))
    images = np.concatenate([CODEC.encode(one[:, None], 125.0).images for one in signal])
    return SliceSet(images, np.zeros(count, np.int64), ("x",), CODEC.get_config(), "simulated", "waves")


TRAIN, VALIDATION = slices(0), slices(1, 30)


def run_of(path, config=CONFIG, judge=EvaluateEvery):
    return train(config, TRAIN, path, progress=False, validation=VALIDATION, judge=judge)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return run_of(tmp_path_factory.mktemp("whole") / "run")


class Dying(EvaluateEvery):
    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        if epoch + 1 == 7:
            raise RuntimeError("killed")


def arrays(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def test_columns_are_there_in_the_epochs_asked_for(whole):
    metrics = whole.metrics()
    np.testing.assert_array_equal(np.isfinite(metrics["frechet"]), metrics["epoch"] % 2 == 0)
    np.testing.assert_array_equal(np.isfinite(metrics["frechet_real"]), metrics["epoch"] % 2 == 0)
    assert 0 < np.nanmax(metrics["frechet_real"]) < np.nanmin(metrics["frechet"])


def test_the_best_weights_are_those_of_the_best_epoch(whole):
    metrics = whole.metrics()
    best = int(metrics["epoch"][np.nanargmin(metrics["frechet"])])
    assert best_epoch(metrics) == best == whole.best_checkpoint().epoch
    judge = EvaluateEvery(TRAIN, VALIDATION, 2, "spectrum", CONFIG.seed)
    judge.set_model(whole.load_gan(best=True))
    logs = {}
    judge.on_epoch_end(1, logs)
    assert logs["frechet"] == pytest.approx(np.nanmin(metrics["frechet"]), rel=1e-6)
    assert load_sampler(whole.path, best=True)[1]["epoch"] == best
    assert load_sampler(whole.path)[1]["epoch"] == 9


def test_a_killed_run_ends_with_the_same_bits(whole, tmp_path):
    with pytest.raises(RuntimeError, match="killed"):
        run_of(tmp_path / "run", judge=Dying)
    # Two epochs ahead of its checkpoint, best weights among them.
    assert Run.load(tmp_path / "run").newest_checkpoint().epoch == 4
    run = run_of(tmp_path / "run")
    assert run.metrics_path.read_bytes() == whole.metrics_path.read_bytes()
    for folder in ("best", "checkpoints"):
        names = sorted(path.name for path in (whole.path / folder).iterdir())
        assert sorted(path.name for path in (run.path / folder).iterdir()) == names
        for name in names:
            left, right = (arrays(each.path / folder / name / WEIGHTS) for each in (run, whole))
            assert left.keys() == right.keys()
            for weight in left:
                np.testing.assert_array_equal(left[weight], right[weight], err_msg=f"{name}, {weight}")


def test_the_best_of_a_run_that_is_told_to_end_earlier_is_still_there(tmp_path):
    """What was best before the checkpoint outlives what was better after it, which the resumed run never reaches."""
    distances = [9.0, 5.0, 7.0, 7.0, 6.0, 2.0, 1.0]

    class MadeUp(Dying):
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            logs["frechet"] = distances[epoch]

    config = dataclasses.replace(CONFIG, evaluate_every=1)
    with pytest.raises(RuntimeError):
        run_of(tmp_path / "run", config, MadeUp)
    assert sorted(path.name for path in (tmp_path / "run" / "best").iterdir()) == ["epoch-0002", "epoch-0006"]
    run = run_of(tmp_path / "run", dataclasses.replace(config, epochs=5), MadeUp)
    assert run.metrics()["epoch"][-1] == 5
    assert run.best_checkpoint().epoch == 2


def test_stops_by_it(tmp_path):
    stop = StopConfig("frechet", mode="min", target=1e12)
    run = run_of(tmp_path / "run", dataclasses.replace(CONFIG, stop=stop))
    assert run.newest_checkpoint().epoch == 2
    assert run.stopped_by().startswith("frechet=")


def test_resuming_without_the_validation_split_is_an_error(whole):
    with pytest.raises(InputError, match="The judge needs validation images. Received: evaluate_every=2, v"):
        train(CONFIG, TRAIN, whole.path, progress=False, judge=EvaluateEvery)


@pytest.mark.parametrize(
    ("changes", "arguments", "message"),
    [
        ({"evaluate_every": -1}, {}, "evaluate_every must be at least 0. Received: evaluate_every=-1"),
        ({}, {"judge": None}, "Judging epochs needs a judge. Received: evaluate_every=2, judge=None. Pass judge="),
        ({"evaluate_by": "spectrm"}, {}, "Unknown extractor. Received: extractor='spectrm'. Did you mean 'spectrum'"),
        ({}, {"validation": slices(1, 9)}, "at least 20 slices of each. Received: 40 to train on, 9 to compare"),
    ],
)
def test_refuses_before_the_folder_is_made(tmp_path, changes, arguments, message):
    arguments = {"validation": VALIDATION, "judge": EvaluateEvery, **arguments}
    with pytest.raises(InputError, match=message):
        train(dataclasses.replace(CONFIG, **changes), TRAIN, tmp_path / "run", progress=False, **arguments)
    assert not (tmp_path / "run").exists()


def test_pictures_are_not_judged_so():
    picture = dataclasses.replace(TRAIN, codec=PictureCodec((16, 16)).get_config())
    with pytest.raises(InputError, match="by the ECGs that are generated. Received: evaluate_every=1, and 'waves'"):
        EvaluateEvery(picture, VALIDATION, 1, "spectrum", 0)


def test_a_run_that_was_never_judged_has_no_best(tmp_path):
    run = run_of(tmp_path / "run", dataclasses.replace(CONFIG, evaluate_every=0, epochs=1))
    with pytest.raises(InputError, match="run has no such column in metrics.csv. Received: .*best=True. Train with"):
        load_sampler(run.path, best=True)
    assert epochs_section(run) is None


class TestTheSectionByEpoch:
    def test_of_a_run(self, whole):
        found = epochs_section(whole)
        metrics = whole.metrics()
        assert found.values["best_epoch"] == best_epoch(metrics)
        assert found.values["metrics"]["frechet"]["best"] == np.nanmin(metrics["frechet"])
        assert found.values["metrics"]["frechet"]["epochs"] == 4
        assert "trained without: --classify-every" in " ".join(found.text)
        assert len(found.figures) == 1

    def test_of_all_columns(self, whole, monkeypatch):
        epochs = np.arange(1.0, 5.0)
        columns = {f"{score}_{way}": epochs / 5 for score in ("accuracy", "f1") for way in ("fake", "real", "swap")}
        columns |= {"epoch": epochs, "c_real": epochs / 9, "c_fake": epochs / 4, "accuracy_real": epochs / 10}
        monkeypatch.setattr(Run, "metrics", lambda self: columns)
        found = epochs_section(whole)
        assert len(next(iter(found.figures.values())).axes) == 3
        assert any("exaggerates" in sentence for sentence in found.text)


def test_distance_of_the_same_slices_is_nothing():
    features = np.random.default_rng(0).normal(size=(50, 4))
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-9)
