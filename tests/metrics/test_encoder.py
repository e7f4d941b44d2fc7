from dataclasses import replace

import numpy as np
import pytest
from hearts import encoder, hearts

from ecg_synth.errors import InputError
from ecg_synth.metrics.encoder import BREAKS, CLASSES, TOLD_APART, Encoder
from ecg_synth.metrics.signal_set import SignalSet


def test_learns_classes():
    made = encoder()
    assert made.task == CLASSES
    assert made.class_names == ("other", "infarction")
    assert made.accuracy(hearts(0)) > 0.9
    assert made.accuracy(hearts(1)) > 0.6


def test_features_are_standard_and_give_probabilities():
    features = encoder()(hearts(0))
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-5)
    deviation = features.std(axis=0)
    np.testing.assert_allclose(deviation[deviation > 0], 1, atol=1e-5)
    found = encoder().class_probabilities(features)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    zero = SignalSet.of(np.zeros((1, 500, 2)), 250.0, ("i", "ii"))
    logits = np.asarray(encoder()._network(np.zeros((1, 250, 2)), training=False), float)
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(encoder().class_probabilities(encoder()(zero)), expected, rtol=1e-4)


def test_there_and_back(tmp_path):
    encoder().save(tmp_path / "encoder.npz")
    again = Encoder.load(tmp_path / "encoder.npz")
    np.testing.assert_array_equal(again(hearts(1)), encoder()(hearts(1)))
    assert (again.needs, again.task, again.class_names) == (encoder().needs, CLASSES, encoder().class_names)
    again.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "encoder.npz").read_bytes()


def test_same_seed_same_encoder():
    few = hearts(0).take(np.arange(20))
    features = [Encoder.fit(few, seed, steps=3)(few) for seed in (3, 3, 4)]
    np.testing.assert_array_equal(features[0], features[1])
    assert not np.array_equal(features[0], features[2])


def test_without_classes_it_tells_whole_slices_from_broken_ones():
    nothing = replace(hearts(0), labels=np.full(80, -1), class_names=())
    made = Encoder.fit(nothing, 0, steps=60)
    assert made.task == BREAKS
    assert made.class_names == TOLD_APART
    noise = nothing.with_signal(np.random.default_rng(0).normal(0, 0.2, nothing.signal_mv.shape))
    whole, broken = (made.class_probabilities(made(one))[:, 1].mean() for one in (nothing, noise))
    assert whole < 0.2 < 0.5 < broken
    assert np.isnan(made.accuracy(hearts(0)))


def test_says_what_is_wrong(tmp_path):
    with pytest.raises(InputError, match="fitted on slices of 500 samples at 250 Hz.*Received: 500 samples at 100 Hz"):
        encoder()(SignalSet.of(np.zeros((3, 500, 2)), 100.0, ("i", "ii"), "slow"))
    with pytest.raises(InputError, match="tells .'other', 'infarction'. apart. Received: class_names=.'a', 'b'."):
        encoder().accuracy(replace(hearts(1), class_names=("a", "b")))
    (tmp_path / "text.npz").write_text("no")
    for name in ("text.npz", "nothing.npz"):
        with pytest.raises(InputError, match="There is no encoder to read.*'ecg-synth fit-encoder'"):
            Encoder.load(tmp_path / name)
