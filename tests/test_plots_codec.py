import numpy as np
import pytest
from matplotlib.image import imread

from ecg_synth.errors import InputError
from ecg_synth.plots_codec import MOST_SLICES, arrangement_figure
from ecg_synth.plots_statistics import _edges, statistics_figure


def draw(path, n=2, arrangements=("a", "b"), channels=1, times=None, level=100):
    slices_mv = np.zeros((n, 64, channels))
    slices_mv[:, 20] = 1.0
    images = {name: np.full((n, 8, 8, channels), level, np.uint8) for name in arrangements}
    clock = np.linspace(0, 1, 64).reshape(8, 8)
    times = dict.fromkeys(arrangements, clock) if times is None else times
    leads = [f"v{k}" for k in range(channels)]
    arrangement_figure(slices_mv, images, times, ["simulated"] * n, 32.0, leads, path, "title")
    return imread(path)


class TestArrangements:
    def test_the_same_bytes_and_a_black_trace(self, tmp_path):
        picture = draw(tmp_path / "a.png")
        draw(tmp_path / "b.png")
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
        assert (picture[..., :3].max(axis=-1) < 0.2).any()

    def test_more_slices_make_it_higher_and_more_arrangements_wider(self, tmp_path):
        few = draw(tmp_path / "few.png", n=1)
        assert draw(tmp_path / "high.png", n=3).shape[0] > few.shape[0]
        wide = draw(tmp_path / "wide.png", n=1, arrangements="abcdef")
        assert wide.shape[1] > few.shape[1]
        wrapped = draw(tmp_path / "wrapped.png", n=1, arrangements="abcdefghijkl")
        assert wrapped.shape[1] == wide.shape[1]
        assert wrapped.shape[0] > wide.shape[0]

    @pytest.mark.parametrize("channels", [1, 3, 12])
    def test_any_number_of_leads(self, tmp_path, channels):
        assert draw(tmp_path / "p.png", channels=channels).size

    def test_an_arrangement_that_mixes_moments_has_no_clock(self, tmp_path):
        clock = np.zeros((8, 8))
        with_clock = draw(tmp_path / "a.png", times={"a": clock, "b": clock})
        without = draw(tmp_path / "b.png", times={"a": clock, "b": None})
        assert not np.array_equal(with_clock, without)

    def test_a_black_image_is_drawn(self, tmp_path):
        assert draw(tmp_path / "p.png", level=0).size

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"arrangements": ()}, "must belong together, and there must be some. Received: slices_mv.shape="),
            ({"times": {"a": None}}, "must belong together"),
            ({"n": 0}, "One picture holds 1 to 50 slices. Received: 0 slices."),
            ({"n": MOST_SLICES + 1}, "One picture holds 1 to 50 slices. Received: 51 slices."),
        ],
    )
    def test_bad_input_writes_nothing(self, tmp_path, arguments, message):
        with pytest.raises(InputError) as caught:
            draw(tmp_path / "p.png", **arguments)
        assert message in str(caught.value)
        assert not (tmp_path / "p.png").exists()


def statistics(path, leads=("i",), counts=None, span=(-0.5, 2.0)):
    amplitudes = np.arange(-3, 3, 0.01)
    weights = np.tile(np.round(1e5 * np.exp(-(amplitudes**2) * 5)), (len(leads), 1))
    bounds, span = np.tile([-0.7, 0.7], (len(leads), 1)), np.tile(span, (len(leads), 1))
    counts = {"train": {"a": 3, "b": 0}, "test": {"a": 1, "b": 2}} if counts is None else counts
    statistics_figure(counts, amplitudes, weights, bounds, span, leads, path, "title")


class TestStatistics:
    @pytest.mark.parametrize("n_leads", [1, 4, 12])
    def test_any_number_of_leads(self, tmp_path, n_leads):
        for name in "ab":
            statistics(tmp_path / f"{name}.png", [str(k) for k in range(n_leads)])
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()

    def test_bins_hold_every_sample_that_occurs_and_the_range(self):
        amplitudes, weights = np.array([-9.0, -1.0, 1.5, 9.0]), np.array([[0, 2, 1, 0]])
        edges = _edges(amplitudes, weights, np.array([[-0.5, 2.0]]))
        assert edges[0] < -1.0
        assert edges[-1] > 2.0
        assert np.histogram(amplitudes, edges, weights=weights[0])[0].sum() == 3

    @pytest.mark.parametrize("arguments", [{"counts": {}}, {"span": (1.0, 2.0, 3.0)}])
    def test_bad_input_writes_nothing(self, tmp_path, arguments):
        with pytest.raises(InputError, match="Statistics need class counts, and weights, bounds and span"):
            statistics(tmp_path / "p.png", **arguments)
        assert not (tmp_path / "p.png").exists()
