import numpy as np
import pytest

from ecg_synth.cli.main import main
from ecg_synth.cli.show_dataset import _times
from ecg_synth.codec import ARRANGEMENTS, EcgImageCodec
from ecg_synth.data.decoded import draw_decoded, iter_decoded
from ecg_synth.data.prepared import open_prepared
from ecg_synth.sources.databases import open_source
from ecg_synth.sources.examples import read_slices


@pytest.fixture(scope="module")
def data_dir(simulated, tmp_path_factory):
    path = tmp_path_factory.mktemp("show") / "data"
    arguments = ["prepare", "--source-dir", str(simulated), "--data-dir", str(path), "--length", "256", "--fs", "125"]
    assert main([*arguments, "--leads", "i", "ii"]) == 0
    return path


def test_draws_both_pictures_and_prints_the_tables(data_dir, tmp_path, capsys):
    out, stats = tmp_path / "picture.png", tmp_path / "statistics.png"
    assert main(["show", "--data-dir", str(data_dir), "--out", str(out), "--stats", str(stats), "--count", "2"]) == 0
    assert out.stat().st_size > 10_000
    assert stats.stat().st_size > 10_000
    printed = capsys.readouterr().out
    assert f"2 simulated slices in every arrangement: {out}" in printed
    assert "Healthy control" in printed
    assert "saturated" in printed
    assert printed.count("ii ") == 1


def test_every_registered_arrangement_is_drawn(data_dir, tmp_path, monkeypatch):
    drawn = {}
    monkeypatch.setattr("ecg_synth.plots_codec.arrangement_figure", lambda *arguments: drawn.update(arguments[1]))
    assert main(["show", "--data-dir", str(data_dir), "--out", str(tmp_path / "p.png"), "--count", "2"]) == 0
    assert list(drawn) == list(ARRANGEMENTS)
    # Decoding and encoding again gives the very image that the dataset holds.
    stored = open_prepared(data_dir).load("train").images
    assert all((stored == image).all(axis=(1, 2, 3)).any() for image in drawn["z"])


def test_the_same_seed_draws_the_same_slices(data_dir):
    prepared = open_prepared(data_dir)
    first, again, other = (draw_decoded(prepared, "train", 5, seed).signal_mv for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    everything = np.concatenate([batch.signal_mv for batch in iter_decoded(prepared, "train")])
    np.testing.assert_array_equal(draw_decoded(prepared, "train", len(everything), 3).signal_mv, everything)


def test_decoded_slices_are_those_of_the_source_in_absolute_mv(data_dir, simulated):
    prepared, source = open_prepared(data_dir), open_source("ptb", simulated)
    codec = prepared.codec
    expected = np.concatenate([read_slices(source, entry, codec)[1].signal_mv for entry in source.entries])
    found = np.concatenate([batch.signal_mv for split in prepared.splits for batch in iter_decoded(prepared, split)])
    assert found.shape == expected.shape
    # Both in an order of their own: each lead's extremes tell the slices apart.
    for extreme in (np.min, np.max):
        np.testing.assert_allclose(
            np.sort(extreme(found, axis=1), axis=0), np.sort(extreme(expected, axis=1), axis=0), atol=2.5 / 255
        )


class TestClock:
    def test_z_runs_as_one_reads(self):
        times = _times(EcgImageCodec(length=225))
        assert (np.diff(times.ravel()) > 0).all()
        np.testing.assert_array_equal(_times(EcgImageCodec(length=225, arrangement="reversed")), times[::-1, ::-1])

    def test_beats_begin_rows(self):
        codec = EcgImageCodec(length=9, fs=10.0, arrangement="beats", image_shape=(5, 3), r_peak_at=0.1)
        times = _times(codec, [5]) * 8
        expected = [[0, 1, 2], [3, np.nan, np.nan], [4, 5, 6], [7, 8, np.nan], [np.nan] * 3]
        np.testing.assert_allclose(times, expected, atol=0.05)

    def test_a_mixture_has_none(self, monkeypatch):
        class Mixed(EcgImageCodec):
            def encode_slices(self, slices_mv, r_peaks=None):
                encoded = super().encode_slices(slices_mv, r_peaks)
                return encoded._replace(images=encoded.images // 2)

        monkeypatch.setattr("ecg_synth.codec.EcgImageCodec", Mixed)
        assert _times(EcgImageCodec(length=225)) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data-dir", "none"], "There is no prepared dataset. Received: data_dir='none'."),
        (["--dataset", "ii_adapted_z"], "Unknown dataset in "),
        (["--split", "tests"], "Received: split='tests'. Did you mean 'test'?"),
        (["--count", "0"], "must be at least 1 and at most what the split holds. Received: count=0"),
        (["--count", "1000"], "Received: count=1000, and split 'train' of ptb_ecg_images/simulated_i-ii_adapted_z_"),
        (["--seed", "-1"], "Received: seed=-1."),
        (["--stats", "./p.png"], "The two pictures need two files. Received: out='p.png', stats='./p.png'."),
    ],
)
def test_bad_input(arguments, message, data_dir, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["show", "--data-dir", str(data_dir), "--out", "p.png", *arguments]) == 1
    err = capsys.readouterr().err
    assert err.startswith("ecg-synth: error: ")
    assert message in err
    assert list(tmp_path.iterdir()) == []
