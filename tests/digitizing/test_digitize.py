import json

import numpy as np
import pytest
from pages import beats, matplotlib_page, small_page, true_look
from PIL import Image

from ecg_synth.cli.main import main
from ecg_synth.config import DigitizeConfig
from ecg_synth.digitizing.digitize import digitize
from ecg_synth.digitizing.einthoven import consistent
from ecg_synth.digitizing.ink import Ink
from ecg_synth.digitizing.score import score_page, summary
from ecg_synth.digitizing.score_folder import pages_in, score_pages, write_scores
from ecg_synth.digitizing.write import described, read_picture, write_digitized
from ecg_synth.errors import InputError
from ecg_synth.paper.scoring import snr_db
from ecg_synth.paper.truth import truth_of
from ecg_synth.signals.leads import LIMB, derive_limb_leads
from ecg_synth.signals.wfdb_io import read_record

LEADS = ("i", "ii", "v1")
SECONDS = 2.5


@pytest.fixture(scope="module")
def page():
    return small_page("scan", dpi=150, seconds=SECONDS, layout="3x1", leads=LEADS)


@pytest.fixture(scope="module")
def read(page):
    return digitize(page.image, look=true_look(page))


class TestDigitize:
    def test_signals_come_back(self, page, read):
        assert read.sig_name == LEADS
        for name in LEADS:
            truth = page.record.select([name])[: round(SECONDS * 250), 0]
            estimate = read.p_signal[::2, read.sig_name.index(name)][: len(truth)]
            there = np.isfinite(estimate)
            assert there.mean() > 0.97
            assert np.sqrt(np.mean((estimate - truth)[there] ** 2)) < 0.06

    def test_an_empty_grid_has_no_trace(self, page):
        def nothing(flat):
            return Ink(*(np.zeros(flat.image.shape[:2], dtype=np.float32) for _ in range(3)))

        with pytest.raises(InputError, match="A page must show at least one ECG trace; a grid was found, and none on"):
            digitize(page.image, look=nothing)

    def test_settings_that_cannot_be(self, page):
        with pytest.raises(InputError, match=r"Sampling rate and paper speed must be positive.*Received: fs=0"):
            digitize(page.image, DigitizeConfig(fs=0.0))

    @pytest.mark.parametrize("quarters", [2, 1])
    def test_a_page_that_lies_otherwise_is_turned(self, page, quarters):
        turned = np.ascontiguousarray(np.rot90(page.image, quarters))
        page.__dict__["turns"] = quarters
        try:
            found = digitize(turned, look=true_look(page))
        finally:
            del page.__dict__["turns"]
        assert found.quarters == (4 - quarters) % 4
        assert found.sig_name == LEADS


class TestWriting:
    def test_what_is_written_is_read(self, page, read, tmp_path):
        config = DigitizeConfig()
        write_digitized(read, page.image, "one page.png", tmp_path, config, "synthetic")
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == ["one_page.dat", "one_page.hea", "one_page.json", "one_page_overlay.png"]
        record = read_record(tmp_path / "one_page")
        assert record.sig_name == LEADS
        assert record.origin == "synthetic"
        assert np.allclose(record.p_signal, read.p_signal, atol=1e-3, equal_nan=True)
        held = json.loads((tmp_path / "one_page.json").read_text())
        assert held["mm_per_mv_is"] == "by the calibration pulse"
        assert held["mm_per_s_is"] == "assumed"
        assert [lead["name"] for lead in held["leads"]] == list(LEADS)
        assert all(0 <= lead["confidence"] <= 1 for lead in held["leads"])

    def test_what_was_given_is_not_called_found(self, read):
        assert described(read, "a.png", DigitizeConfig(mm_per_mv=10.0))["mm_per_mv_is"] == "given"

    def test_a_picture_says_where_its_ecg_is_from(self, tmp_path):
        assert main(["simulate", "--out", str(tmp_path / "records"), "--patients", "1", "--duration", "4"]) == 0
        arguments = ["--page", "strip", "--layout", "1x1", "--dpi", "72"]
        assert main(["paper", "--records", str(tmp_path / "records"), "--out", str(tmp_path / "pages"),
                     "--count", "1", *arguments]) == 0  # fmt: skip
        picture = next((tmp_path / "pages").glob("*.png"))
        assert read_picture(picture)[1] == "simulated"

    @pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
    def test_what_is_no_picture(self, tmp_path, content):
        (tmp_path / "a.png").write_bytes(content)
        with pytest.raises(InputError, match="A picture must be a PNG, JPEG, TIFF or another format that Pillow reads"):
            read_picture(tmp_path / "a.png")

    def test_a_transparent_picture_lies_on_white(self, tmp_path):
        Image.new("RGBA", (4, 3), (0, 0, 0, 0)).save(tmp_path / "a.png")
        picture, origin = read_picture(tmp_path / "a.png")
        assert (picture == 255).all()
        assert origin == ""


class TestScores:
    def test_a_page_is_compared_with_its_truth(self, page):
        score = score_page(page.image, *truth_of(page, "a.png"), look=true_look(page))
        assert (score.names_right, score.leads, score.failure, score.layout_right) == (3, 3, "", True)
        assert min(score.coverage) > 0.97
        assert min(score.aligned_db) > 15
        assert np.median(score.geometry_px) < 0.3
        row = summary([score])[0]
        assert (row["preset"], row["dpi"], row["pages"], row["names_right"]) == ("scan", 150, 1, 1.0)

    def test_a_page_without_a_grid_counts_as_nothing_read(self):
        bare = small_page(paper="plain")
        score = score_page(bare.image, *truth_of(bare, "a.png"), look=true_look(bare))
        assert score.failure == "no grid"
        assert score.coverage == [0.0]
        assert summary([score])[0]["failures"] == {"no grid": 1}
        assert summary([score])[0]["snr_db"]["mean"] is None

    def test_a_wrong_name_is_not_a_right_lead(self, page):
        described_page, arrays = truth_of(page, "a.png")
        described_page["panels"][0]["lead"] = "v6"
        score = score_page(page.image, described_page, arrays, look=true_look(page))
        assert (score.names_right, score.layout_right) == (2, False)
        assert score.coverage[0] == 0.0

    def test_leads_shown_for_long_are_kept_for_their_intervals(self, page, monkeypatch, tmp_path):
        monkeypatch.setattr("ecg_synth.digitizing.score.LONG_S", 1.0)
        described_page, arrays = truth_of(page, "a.png")
        score = score_page(page.image, described_page, arrays, look=true_look(page))
        assert [one.lead for one in score.long] == [panel["lead"] for panel in described_page["panels"]]
        for one, snr in zip(score.long, score.snr_db, strict=True):
            assert snr_db(one.reference_mv, one.estimate_mv) == pytest.approx(snr)
        described_page["panels"][0]["lead"] = "v6"
        lost = score_page(page.image, described_page, arrays, look=true_look(page)).long[0]
        assert (lost.lead, np.isnan(lost.estimate_mv).all()) == ("v6", True)
        rows = [{"name": "qt", "median": 1.0}]
        write_scores(tmp_path / "a.json", summary([score]), [score], DigitizeConfig(), tmp_path, rows)
        written = json.loads((tmp_path / "a.json").read_text())
        assert written["intervals"] == rows
        assert "long" not in written["pages"][0]

    def test_folders_that_hold_no_pages(self, tmp_path):
        with pytest.raises(InputError, match="The pages must be in a folder"):
            pages_in(tmp_path / "none")
        with pytest.raises(InputError, match=r"There must be pages with their truth.*Make some with 'ecg-synth paper'"):
            pages_in(tmp_path)
        (tmp_path / "a.json").write_text("{}")
        with pytest.raises(InputError, match="must be a truth file of the schema"):
            score_pages(pages_in(tmp_path), DigitizeConfig())
        with pytest.raises(InputError, match="There must be no less than 0 pages"):
            pages_in(tmp_path, -1)


class TestEinthoven:
    def test_leads_that_agree_stay(self):
        made = derive_limb_leads(np.sin(np.arange(50.0)), np.cos(np.arange(50.0)))
        signal = np.stack([made[name] for name in LIMB], axis=1)
        moved, apart = consistent(signal, LIMB)
        assert np.allclose(moved, signal)
        assert apart < 1e-12

    def test_leads_that_nearly_agree_come_nearer_to_the_truth(self):
        made = derive_limb_leads(np.sin(np.arange(500.0)), np.cos(np.arange(500.0)))
        truth = np.stack([made[name] for name in LIMB], axis=1)
        noisy = truth + 0.05 * np.random.default_rng(0).normal(size=truth.shape)
        moved, apart = consistent(noisy, LIMB)
        # Two of six dimensions are left of the noise.
        assert np.mean((moved - truth) ** 2) / 0.05**2 == pytest.approx(2 / 6, rel=0.15)
        assert apart == pytest.approx(0.05 * np.sqrt(4 / 6), rel=0.1)

    def test_leads_that_disagree_are_left_alone(self):
        signal = np.random.default_rng(0).normal(size=(50, 3))
        moved, apart = consistent(signal, ("i", "ii", "iii"))
        assert (moved == signal).all()
        assert apart > 0.15

    def test_two_leads_say_nothing_of_each_other(self):
        signal = np.random.default_rng(0).normal(size=(50, 4))
        signal[:, 2] = np.nan
        moved, apart = consistent(signal, ("i", "ii", "iii", "v1"))
        assert np.allclose(moved, signal, equal_nan=True)
        assert np.isnan(apart)


class TestTheCommands:
    def test_bad_input(self, tmp_path, capsys):
        (tmp_path / "a.png").write_text("no")
        (tmp_path / "a.jpg").write_text("no")
        for arguments, expected in (
            (["digitize", "--out", str(tmp_path / "out")], "There must be at least one picture"),
            (["digitize", str(tmp_path / "b.png"), "--out", str(tmp_path / "out")], "A picture must be a file"),
            (["digitize", str(tmp_path / "a.png"), "--out", str(tmp_path / "out")], "A picture must be a PNG"),
            (
                ["digitize", str(tmp_path / "a.png"), str(tmp_path / "a.jpg"), "--out", "out"],
                "no two may have one name",
            ),
            (["score-digitizer", "--pages", str(tmp_path / "none")], "The pages must be in a folder"),
        ):
            assert main(arguments) == 1
            assert expected in capsys.readouterr().err
        assert not (tmp_path / "out").exists()

    def test_what_stands_there_is_not_replaced(self, tmp_path, capsys):
        (tmp_path / "a.json").write_text("{}")
        assert main(["digitize", "a.png", "--out", str(tmp_path)]) == 1
        assert "pass --overwrite" in capsys.readouterr().err


def test_a_page_of_another_program_has_its_names_at_their_places():
    # Its own ink is not known here; the rows are where the darkest blue is.
    picture = matplotlib_page(dpi=150, seconds=3.0)

    def dark(flat):
        ink = (flat.image.max(axis=-1) < 0.62).astype(np.float32)
        from scipy import ndimage

        numbers, _ = ndimage.label(ink, np.ones((3, 3)))
        sizes = np.array([place[1].stop - place[1].start for place in ndimage.find_objects(numbers)])
        trace = np.isin(numbers, 1 + np.flatnonzero(sizes > 300))
        return Ink(trace.astype(np.float32), ink * ~trace, np.zeros_like(ink))

    found = digitize(picture, look=dark)
    assert found.sig_name == ("i", "ii", "iii")
    truth = beats().select(["ii"])[: 3 * 250, 0]
    estimate = found.p_signal[::2, 1][: len(truth)]
    there = np.isfinite(estimate)
    assert there.mean() > 0.9
    assert np.corrcoef(estimate[there], truth[there])[0, 1] > 0.97
