import numpy as np
import pytest
from matplotlib.image import imread

from ecg_synth import plots_overlay, plots_pictures, plots_signals
from ecg_synth.cli.main import main
from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import DcganConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models.build import build_gan
from ecg_synth.plots_overlay import overlay_figure
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.write import write_synthetic


@pytest.fixture(scope="module")
def data_dir(simulated, tmp_path_factory):
    path = tmp_path_factory.mktemp("plot") / "data"
    small = ["--leads", "i", "ii", "--length", "400", "--fs", "200"]
    assert main(["prepare", "--source-dir", str(simulated), "--data-dir", str(path), *small]) == 0
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Synthetic WFDB records of an untrained network."""
    facts = dict.fromkeys(("model", "preset", "epoch", "trained_on", "trained_on_origin"), "x")
    codec = EcgImageCodec(("ii", "i"), length=500, fs=250.0)
    gan = build_gan(TrainConfig(model=DcganConfig(latent_dim=4, filters=(4,))), codec.full_shape)
    return write_synthetic(Sampler(gan, codec), facts, 4, 0, tmp_path_factory.mktemp("made") / "out")


def plot(*arguments):
    return main(["plot", *map(str, arguments)])


class TestPlot:
    def test_paper_brings_places_to_one_rate_length_and_order(self, data_dir, made, tmp_path, monkeypatch, capsys):
        given = {}
        monkeypatch.setattr(plots_signals, "ecg_columns", lambda *a: given.update(columns=a[0], fs=a[1], leads=a[2]))
        assert plot("--of", data_dir, made, "--count", 3, "--split", "train", "--out", tmp_path / "p.png") == 0
        (real, real_mv), (synthetic, made_mv) = given["columns"]
        assert (real.split("\n")[0], synthetic.split("\n")[0]) == ("simulated", "synthetic")
        assert real_mv.shape == made_mv.shape == (3, 400, 2)
        assert (given["fs"], given["leads"]) == (200.0, ("i", "ii"))
        assert f"synthetic: {made.name}. Picture: {tmp_path / 'p.png'}" in capsys.readouterr().out

    @pytest.mark.parametrize("kind", ["paper", "overlay", "images"])
    def test_draws_the_same_bytes_twice(self, kind, data_dir, tmp_path):
        for name in ("a", "b"):
            assert plot("--of", data_dir, "--split", "train", "--kind", kind, "--out", tmp_path / f"{name}.png") == 0
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
        assert imread(tmp_path / "a.png").shape[0] > 100

    def test_overlay_finds_the_beats(self, data_dir, simulated, tmp_path, monkeypatch):
        given = {}
        monkeypatch.setattr(plots_overlay, "overlay_figure", lambda *a: given.update(a[0]))
        assert plot("--of", data_dir, simulated, "--split", "train", "--kind", "overlay", "--out", tmp_path / "p") == 0
        for heading, beats in given.items():
            assert heading.startswith("simulated: ")
            assert beats.shape[1:] == (160, 2)
            assert len(beats) >= 3
            # What is largest in the component of all leads stands at 0.3 s.
            steepest = np.abs(np.diff(beats, axis=1)).max(axis=2).argmax(axis=1)
            assert np.median(np.abs(steepest - 60)) < 12

    def test_a_record_and_a_class(self, data_dir, simulated, tmp_path, monkeypatch):
        given = {}
        monkeypatch.setattr(plots_signals, "ecg_columns", lambda *a: given.update(a[0]))
        name = (simulated / "RECORDS").read_text().split()[0]
        record = ("--of", simulated / name, "--leads", "v1", "--start", 0.5, "--seconds", 1, "--out", tmp_path / "p")
        assert plot(*record) == 0
        ((heading, signal_mv),) = given.items()
        assert (heading, signal_mv.shape) == (f"simulated\n{name.split('/')[-1]}", (1, 1000, 1))
        images = {}
        monkeypatch.setattr(plots_pictures, "image_panels", lambda *a: images.update(a[0]))
        asked = ("--class", "myocardial infarction", "--split", "train", "--count", 2, "--kind", "images")
        assert plot("--of", data_dir, *asked, "--out", tmp_path / "p") == 0
        assert list(images) == ["simulated\nptb_ecg_images, train, myocardial infarction"]


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("nowhere",), "A picture is drawn of a run folder"),
            (("data", "--split", "trian"), "Did you mean 'train'"),
            (
                ("data", "--split", "train", "--count", "9999"),
                "A picture shows at most what there is. Received: count=9999",
            ),
            (("data", "--split", "train", "--leads", "v9"), "v9"),
            (("made", "--kind", "images"), "Records have no images. Received: 'synthetic: out'"),
            (("made", "--seconds", "0"), "A picture begins at 0 s or later and lasts longer than 0 s"),
            (("made", "--start", "99"), "A picture shows a tenth of a second or more"),
            (("made", "--kind", "overlay", "--seconds", "0.5"), "An overlay needs a beat with 0.3 s before its R peak"),
            (("made", "--count", "0"), "A picture shows one slice or more. Received: count=0"),
        ],
    )
    def test_is_refused_and_nothing_is_drawn(self, arguments, message, data_dir, made, tmp_path, capsys):
        place = {"data": data_dir, "made": made}.get(arguments[0], arguments[0])
        assert plot("--of", place, *arguments[1:], "--out", tmp_path / "p.png") == 1
        assert message in capsys.readouterr().err
        assert not (tmp_path / "p.png").exists()

    def test_too_many_strips(self, simulated, tmp_path, capsys):
        assert plot("--of", *[simulated] * 5, "--kind", "overlay", "--out", tmp_path / "p") == 1
        assert "An overlay takes up to 4 places. Received: 5" in capsys.readouterr().err

    def test_an_overlay_of_nothing(self, tmp_path):
        with pytest.raises(InputError, match="An overlay takes 1 to 4 sets of beats of one shape, and a beat in one"):
            overlay_figure({"synthetic": np.zeros((0, 8, 1))}, 10.0, ("i",), 0.3, tmp_path / "p.png", "t")


def test_a_set_without_beats_is_named_all_the_same(tmp_path):
    beats = {"measured": np.random.default_rng(0).normal(0, 0.3, (5, 80, 1)), "synthetic": np.zeros((0, 80, 1))}
    overlay_figure(beats, 100.0, ("i",), 0.3, tmp_path / "p.png", "t")
    assert imread(tmp_path / "p.png").shape[1] >= 500
