import dataclasses

import numpy as np
import pytest
from toy_training import CONFIG, toy_set

from ecg_synth.config import AcganConfig, OptimizerConfig, StopConfig
from ecg_synth.errors import InputError
from ecg_synth.training import Run, health, stopping, train
from ecg_synth.training.callbacks import ClassifySamples, TrainingWarning, WatchHealth
from ecg_synth.training.classifier import ParallelClassifier

SHORT = dataclasses.replace(CONFIG, epochs=6, checkpoint_every=1, image_every=100)


def record(*values, name="accuracy_fake"):
    return {"epoch": np.arange(1.0, len(values) + 1), name: np.array(values, float)}


class TestTheRule:
    @pytest.mark.parametrize(
        ("config", "values", "stops_after"),
        [
            (StopConfig("accuracy_fake", target=0.9), [0.3, 0.8, 0.95, 0.2], 3),
            (StopConfig("accuracy_fake", mode="min", target=0.3), [0.5, 0.4, 0.3], 3),
            (StopConfig("accuracy_fake", patience=2), [0.3, 0.8, 0.7, 0.8, 0.9], 4),
            (StopConfig("accuracy_fake", mode="min", patience=2), [0.3, 0.2, 0.2, 0.2], 4),
            (StopConfig("accuracy_fake", target=0.9, after=3), [0.95, 0.3, 0.3, 0.2, 0.9], 5),
            (StopConfig("accuracy_fake", patience=1, after=2), [0.9, 0.8, 0.1, 0.1], 4),
            # Not measured in every epoch.
            (StopConfig("accuracy_fake", patience=3), [np.nan, 0.5, np.nan, 0.4, np.nan], 5),
            (StopConfig("accuracy_fake", target=0.5), [np.nan, np.nan], None),
            (StopConfig("accuracy_fake", target=0.9), [0.1, 0.2], None),
            (StopConfig(), [1.0, 1.0], None),
        ],
    )
    def test_stops_in_the_right_epoch(self, config, values, stops_after):
        stopping.check(config)
        stops = [stopping.reason(record(*values[:end]), config) is not None for end in range(len(values) + 1)]
        assert stops.index(True) == stops_after if stops_after else not any(stops)

    def test_says_why(self):
        assert stopping.reason(record(0.1, 0.95), StopConfig("accuracy_fake", target=0.9)) == (
            "accuracy_fake=0.95 in epoch 2 reached the target of 0.9"
        )
        assert stopping.reason(record(0.1, 0.1), StopConfig("accuracy_fake", patience=1)) == (
            "accuracy_fake=0.1 in epoch 1 was not bettered for 1 epochs"
        )

    @pytest.mark.parametrize(
        ("config", "message"),
        [
            (StopConfig(patience=3), "needs a metric. Received: monitor='', patience=3, target=None. Name a column"),
            (StopConfig("d_loss"), "needs a target, a patience or both. Received: monitor='d_loss'. Give --target"),
            (StopConfig("d_loss", mode="mx", patience=1), "Unknown mode. Received: mode='mx'. Did you mean 'max'"),
            (StopConfig("d_loss", patience=-1), "0 or more. Received: patience=-1, after=0"),
        ],
    )
    def test_refuses(self, config, message):
        with pytest.raises(InputError, match=message):
            stopping.check(config)

    def test_no_such_metric(self):
        with pytest.raises(InputError, match=r"Unknown monitor in metrics.csv. Received: monitor='acuracy_fake'. Did"):
            stopping.reason(record(0.1), StopConfig("acuracy_fake", patience=1))


class TestARun:
    def test_stops_and_stays_stopped_and_goes_on_when_told_to(self, tmp_path):
        stop = StopConfig("d_loss", mode="min", target=1e9)
        run = train(dataclasses.replace(SHORT, stop=stop), toy_set(), tmp_path / "run", progress=False)
        assert run.newest_checkpoint().epoch == 1
        assert (run.images_dir / "losses.png").is_file()
        assert "reached the target of 1e+09" in run.stopped_by()
        run = train(dataclasses.replace(SHORT, stop=stop), toy_set(), tmp_path / "run", progress=False)
        assert run.newest_checkpoint().epoch == 1
        run = train(dataclasses.replace(SHORT, epochs=2), toy_set(), tmp_path / "run", progress=False)
        assert run.newest_checkpoint().epoch == 2
        assert run.stopped_by() is None

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"on_trouble": "panic"}, "Unknown on_trouble. Received: on_trouble='panic'"),
            ({"stop": StopConfig("d_loss")}, "needs a target, a patience or both"),
            ({"classify_every": -1}, "classify_every must be at least 0. Received: classify_every=-1"),
            ({"classify_every": 1}, "images of classes. Received: classify_every=1 and the model 'dcgan', which knows"),
            (
                {"classify_every": 1, "model": AcganConfig(latent_dim=5, filters=(4, 8))},
                "needs validation images. Received: classify_every=1, validation=None. Pass a split",
            ),
        ],
    )
    def test_refuses_before_the_folder_is_made(self, tmp_path, changes, message):
        with pytest.raises(InputError, match=message):
            train(dataclasses.replace(SHORT, **changes), classes_set(0), tmp_path / "run", progress=False)
        assert not (tmp_path / "run").exists()


def waves(count=64):
    """Smooth images, each of a phase and a frequency of its own."""
    rng = np.random.default_rng(0)
    phase, frequency = rng.uniform(0, 2 * np.pi, (count, 1)), rng.uniform(0.5, 2, (count, 1))
    angle = frequency * np.linspace(0, 2 * np.pi, 16)
    images = 127 + 80 * (np.sin(angle + phase)[:, :, None] * np.cos(angle)[:, None])[..., None]
    return dataclasses.replace(toy_set(count), images=images.astype(np.uint8), fingerprint="")


class TestRealTrainings:
    """Two models that differ in their learning rates alone: one collapses, one does not."""

    @pytest.mark.parametrize(("d_rate", "g_rate", "trouble"), [(2e-4, 0.1, "mode collapse"), (2e-3, 2e-3, None)])
    def test_only_the_hot_one_is_named(self, tmp_path, d_rate, g_rate, trouble):
        optimizer = OptimizerConfig(d_rate, g_rate)
        config = dataclasses.replace(SHORT, epochs=46, checkpoint_every=100, optimizer=optimizer, on_trouble="ignore")
        run = train(config, waves(), tmp_path / "run", progress=False)
        assert [found.trouble for found in run.health()] == ([trouble] if trouble else [])


class TestTrouble:
    """The callback alone, on a made-up record, then in a run."""

    class Record:
        def __init__(self):
            self.epochs = 0

        def columns(self):
            return {
                "epoch": np.arange(1.0, self.epochs + 1),
                "diversity": np.full(self.epochs, 1.0),
                "diversity_real": np.full(self.epochs, 30.0),
                "nearest": np.full(self.epochs, 1.0),
                "nearest_real": np.full(self.epochs, 20.0),
                "noise": np.full(self.epochs, 0.9),
                "noise_real": np.full(self.epochs, 0.1),
                "g_loss": np.full(self.epochs, 2.0),
            }

    def run_epochs(self, tmp_path, on_trouble):
        record = self.Record()
        watch = WatchHealth(record, tmp_path / "health.json", health.WARM_UP, 1.386, on_trouble)
        watch.set_model(type("Model", (), {"stop_training": False})())
        for epoch in range(health.PATIENCE + 2):
            record.epochs += 1
            watch.on_epoch_end(epoch)
            if watch.model.stop_training:
                break
        return watch, record.epochs

    def test_warns_once(self, tmp_path):
        with pytest.warns(
            TrainingWarning, match=r"mode collapse since epoch 1, named in epoch 5 \(diversity=1,"
        ) as seen:
            _, epochs = self.run_epochs(tmp_path, "warn")
        assert (len(seen), epochs) == (1, health.PATIENCE + 2)
        assert '"trouble": "mode collapse"' in (tmp_path / "health.json").read_text()

    def test_stops(self, tmp_path):
        with pytest.warns(TrainingWarning):
            _, epochs = self.run_epochs(tmp_path, "stop")
        assert epochs == health.PATIENCE

    def test_ignores_but_notes(self, tmp_path):
        _, epochs = self.run_epochs(tmp_path, "ignore")
        assert epochs == health.PATIENCE + 2
        assert (tmp_path / "health.json").is_file()

    def test_a_run_that_diverges_stops_and_stays_stopped(self, tmp_path, monkeypatch):
        monkeypatch.setattr(health, "TOO_LARGE", 0.1)
        config = dataclasses.replace(SHORT, on_trouble="stop")
        with pytest.warns(TrainingWarning, match="divergence since epoch 1"):
            run = train(config, toy_set(), tmp_path / "run", progress=False)
        assert run.newest_checkpoint().epoch == 1
        (found,) = run.health()
        assert found.trouble == "divergence"
        assert train(config, toy_set(), run.path, progress=False).newest_checkpoint().epoch == 1
        assert run.stopped_by().startswith("divergence since epoch 1")
        # Told to go on, it does.
        on = dataclasses.replace(config, on_trouble="ignore", epochs=2)
        assert train(on, toy_set(), run.path, progress=False).newest_checkpoint().epoch == 2
        assert Run.load(run.path).health()[0].last == 2


def classes_set(seed, count=60):
    """Dark and bright noise: classes that anything can tell apart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    images = (rng.integers(0, 100, (count, 16, 16, 1)) + 150 * labels[:, None, None, None]).astype(np.uint8)
    return dataclasses.replace(toy_set(count), images=images, labels=labels, class_names=("dark", "bright"))


class TestTheParallelClassifier:
    def test_learns_what_can_be_learnt_and_nothing_else(self):
        train_set, other = classes_set(0), classes_set(1)
        classifier = ParallelClassifier((16, 16, 1), 2, seed=0, steps=20)
        assert classifier.fit(train_set.images, train_set.labels).accuracy(other.images, other.labels) == 1.0
        shuffled = np.random.default_rng(0).permutation(train_set.labels)
        classifier.fit(toy_set(60).images, shuffled)
        assert classifier.accuracy(toy_set(60, seed=1).images, other.labels) == pytest.approx(0.5, abs=0.25)

    def test_fitting_again_forgets_all(self):
        one, other = classes_set(0), toy_set(60, seed=1)
        classifier = ParallelClassifier((16, 16, 1), 2, seed=3, steps=5)
        first = classifier.fit(one.images, one.labels).network.get_weights()
        second = classifier.fit(other.images, one.labels).network.get_weights()
        assert not np.array_equal(first[0], second[0])
        for weight, expected in zip(classifier.fit(one.images, one.labels).network.get_weights(), first, strict=True):
            np.testing.assert_array_equal(weight, expected)

    def test_accuracy_is_the_mean_over_classes(self):
        classifier = ParallelClassifier((16, 16, 1), 2, seed=0, steps=0)
        classifier.network.predict_on_batch = lambda images: np.tile([[1.0, 0.0]], (len(images), 1))
        labels = np.array([0] * 50 + [1] * 10)
        assert classifier.accuracy(classes_set(0).images, labels) == 0.5
        # 50 of 60 are of the class that all are held to be: F1 of 100/110 and of 0.
        assert classifier.scores(classes_set(0).images, labels)[1] == pytest.approx(100 / 110 / 2)

    def test_columns_both_ways(self):
        callback = ClassifySamples(classes_set(0), classes_set(1), every=2, seed=0)
        fakes = classes_set(2, 1024)

        class Model:
            def sample(self, count, seed, classes):
                np.testing.assert_array_equal(classes, fakes.labels)
                return self.images

        model = Model()
        callback.set_model(model)
        logs = {}
        model.images = fakes.images
        callback.on_epoch_end(0, logs)
        assert np.isnan(list(logs.values())).all()
        callback.on_epoch_end(1, logs)
        assert logs == {f"{score}_{way}": 1.0 for score in ("accuracy", "f1") for way in ("fake", "real", "swap")}
        # A generator that mistakes one class for the other.
        model.images = 255 - fakes.images
        callback.on_epoch_end(3, logs)
        assert logs["accuracy_fake"] < 0.1
        assert logs["accuracy_swap"] < 0.1
        assert logs["accuracy_real"] == 1.0

    def test_refuses_images_that_do_not_fit(self):
        one = classes_set(0)
        with pytest.raises(InputError, match=r"as the training images are. Received: \('bright', 'dark'\) of"):
            ClassifySamples(one, dataclasses.replace(one, class_names=("bright", "dark")), 1, 0)
        unknown = dataclasses.replace(one, labels=np.full(60, -1))
        with pytest.raises(InputError, match="Received: 60 images in 'toy', none of them with a label"):
            ClassifySamples(one, unknown, 1, 0)
