import numpy as np
import pytest
from aeon.transformations.collection.convolution_based import MiniRocket
from hearts import hearts, judgement

from ecg_synth.errors import InputError
from ecg_synth.metrics.random_features import COMPONENTS, KERNELS, RandomFeatures
from ecg_synth.metrics.signal_set import SignalSet


@pytest.fixture(scope="module")
def extractor():
    return judgement().extractors["random"]


def test_kernels_are_minirockets(extractor):
    train, other = ((hearts(k).signal_mv + extractor._dither).transpose(0, 2, 1).copy() for k in (0, 1))
    expected = MiniRocket(n_kernels=KERNELS, random_state=0).fit(train).transform(other)
    np.testing.assert_array_equal(extractor.kernels(hearts(1)), expected)


def test_features_of_the_training_slices_are_standard(extractor):
    found = extractor(hearts(0))
    assert found.shape == (80, COMPONENTS)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-6)
    assert found.var(axis=0, ddof=1).mean() == pytest.approx(1)


def test_same_seed_same_features_and_nobodys_stream_is_touched(extractor):
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    again = RandomFeatures(hearts(0), 0)
    assert np.random.random() == expected  # noqa: NPY002
    np.testing.assert_array_equal(again(hearts(1)), extractor(hearts(1)))
    order = np.random.default_rng(0).permutation(80)
    np.testing.assert_allclose(again(hearts(1).take(order)), extractor(hearts(1))[order])


def test_the_last_bits_on_a_grid_decide_nothing(extractor):
    step = 2.5 / 255
    coded = hearts(1).with_signal(np.round(hearts(1).signal_mv / step) * step)
    again = coded.with_signal(np.round(coded.signal_mv.astype(float) / step) * step + 1e-8)
    difference = np.abs(extractor(coded) - extractor(hearts(1)))
    assert difference.mean() < 0.2 * np.abs(extractor(hearts(1))).mean()
    np.testing.assert_allclose(extractor(again), extractor(coded), atol=0.05)


def test_other_slices_are_refused(extractor):
    with pytest.raises(InputError, match="slices of 500 samples at 250 Hz.*Received: 400 samples.*'short'.*alike"):
        extractor(SignalSet.of(np.zeros((3, 400, 2)), 250.0, ("i", "ii"), "short"))
