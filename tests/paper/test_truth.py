import dataclasses
import io

import numpy as np
import pytest
from PIL import Image
from waves import waves

from ecg_synth.cli.main import main
from ecg_synth.config import PaperConfig
from ecg_synth.errors import InputError
from ecg_synth.paper import batch
from ecg_synth.paper.batch import write_pages
from ecg_synth.paper.mesh import Mesh
from ecg_synth.paper.page import make_page
from ecg_synth.paper.picture_files import picture_bytes
from ecg_synth.paper.sheet import LABELS
from ecg_synth.paper.truth import json_bytes, npz_bytes, read_truth, truth_of
from ecg_synth.signals.wfdb_io import write_record

SMALL = PaperConfig(dpi=72, seed=3)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    for number in range(3):
        write_record(dataclasses.replace(waves(seconds=4.0), record_name=f"r{number}"), folder)
    return folder


class TestTruth:
    def test_says_where_everything_is(self):
        page = make_page(waves(), PaperConfig(preset="phone", dpi=150, seed=1))
        described, arrays = truth_of(page, "a.png")
        assert arrays["points_px"].shape == (13 * 625 - 625 + 2500, 2)
        height, width = page.image.shape[:2]
        for panel in described["panels"]:
            own = slice(panel["offset"], panel["offset"] + panel["samples"])
            points, inside = arrays["points_px"][own], arrays["inside"][own]
            columns, rows = np.floor(points[inside]).astype(int).T
            assert (arrays["labels"][rows, columns] == panel["label"]).mean() > 0.9
            seconds = (panel["first_sample"] + np.arange(panel["samples"])) / described["record"]["fs"]
            assert panel["start_s"] <= seconds[0] <= seconds[-1] < panel["end_s"]
            left, top, right, bottom = panel["box_px"]
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
        leads = [words for words in described["words"] if words["kind"] == "lead"]
        assert [words["text"] for words in leads][:4] == ["I", "II", "III", "aVR"]
        for words in leads:
            center = np.mean(words["corners_px"], axis=0)
            around = arrays["labels"][int(center[1]) - 9 : int(center[1]) + 9, int(center[0]) - 9 : int(center[0]) + 9]
            assert (around == LABELS["text"]).any()

    def test_the_mesh_leads_back_to_millivolts(self):
        page = make_page(waves(), PaperConfig(preset="phone", dpi=100, seed=1))
        described, arrays = truth_of(page, "a.png")
        size = described["width"], described["height"]
        mesh = Mesh(size, arrays["mesh_nodes"], described["mesh_cell_px"])
        panel = page.sheet.traces[4].panel
        own = slice(
            described["panels"][4]["offset"], described["panels"][4]["offset"] + described["panels"][4]["samples"]
        )
        on_sheet = mesh.to_sheet(arrays["points_px"][own].astype(np.float64))
        _, signal_mv = panel.from_mm(page.sheet.scale.to_mm(on_sheet), page.sheet.scale)
        np.testing.assert_allclose(signal_mv, arrays["signal_mv"][own], atol=1e-4)

    def test_what_is_hidden_is_flagged(self):
        page = make_page(waves(), PaperConfig(distortions=("code=1", "stamp=1", "fold=1"), dpi=100, seed=8))
        _, arrays = truth_of(page, "a.png")
        columns, rows = np.floor(arrays["points_px"]).astype(int).T
        hidden = np.isin(arrays["labels"][rows, columns], (LABELS["overlay"], LABELS["off_page"]))
        assert hidden.any()
        np.testing.assert_array_equal(hidden, arrays["occluded"])

    def test_a_trace_that_leaves_its_page_is_not_inside(self):
        config = PaperConfig(layout="1x1", distortions=("pad=1",), dpi=72, paper="plain")
        page = make_page(waves(("ii",), amplitude=20.0), config)
        _, arrays = truth_of(page, "a.png")
        on_page = np.abs(20.0 * np.sin(2 * np.pi * 0.5 * np.arange(2500) / 250)) < 8
        assert not arrays["inside"].all()
        assert arrays["inside"][on_page].all()
        columns, rows = np.floor(arrays["points_px"][arrays["inside"]]).astype(int).T
        assert (arrays["labels"][rows, columns] != LABELS["off_page"]).mean() > 0.99

    def test_the_same_seed_gives_the_same_bytes(self):
        def made(**values):
            page = make_page(waves(), PaperConfig(**{"preset": "strong", "dpi": 72, "seed": 1, **values}), number=4)
            described, arrays = truth_of(page, "a.png")
            return page.image.tobytes(), json_bytes(described), npz_bytes(arrays)

        assert made() == made()
        assert made()[0] != made(seed=2)[0]

    def test_reads_only_its_own(self, tmp_path):
        (tmp_path / "a.json").write_text('{"schema": "other/9"}')
        with pytest.raises(InputError, match="must be a truth file of the schema 'ecg_synth/paper/1'. Received"):
            read_truth(tmp_path / "a.json")
        with pytest.raises(InputError, match=r"The truth of an image is NAME.json with NAME.npz beside it. Received"):
            read_truth(tmp_path / "b.json")


class TestPictures:
    @pytest.mark.parametrize("file_format", ["png", "jpeg"])
    def test_open(self, file_format):
        image = make_page(waves(), SMALL).image
        stored = picture_bytes(image, file_format, 72, 90, "simulated")
        assert stored == picture_bytes(image, file_format, 72, 90, "simulated")
        opened = Image.open(io.BytesIO(stored))
        assert opened.size == image.shape[1::-1]
        assert round(opened.info["dpi"][0]) == 72
        assert opened.info["Description" if file_format == "png" else "comment"] in ("simulated", b"simulated")
        off = np.abs(np.asarray(opened.convert("RGB")).astype(int) - image)
        assert off.max() == 0 if file_format == "png" else off.mean() < 8

    def test_pdf_is_a_page_of_its_size(self):
        image = make_page(waves(), SMALL).image
        stored = picture_bytes(image, "pdf", 72, 90, "simulated")
        assert stored == picture_bytes(image, "pdf", 72, 90, "simulated")
        assert stored.startswith(b"%PDF-")
        assert b"/MediaBox [ 0 0 842.0 595.0 ]" in stored
        assert b"Date" not in stored
        start = stored.index(b"\xff\xd8\xff")
        assert Image.open(io.BytesIO(stored[start:])).size == image.shape[1::-1]

    def test_refuses(self):
        with pytest.raises(InputError, match="Unknown file_format. Received: file_format='tiff'"):
            picture_bytes(np.zeros((2, 2, 3), np.uint8), "tiff", 72, 90, "")
        with pytest.raises(InputError, match="JPEG's quality must be from 1 to 95. Received: quality=0"):
            picture_bytes(np.zeros((2, 2, 3), np.uint8), "jpeg", 72, 0, "")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class TestFolders:
    def test_neither_workers_nor_count_change_a_picture(self, records, tmp_path):
        config = dataclasses.replace(SMALL, preset="scan", file_format="jpeg")
        assert write_pages(records, tmp_path / "one", config, count=5) == 5
        assert write_pages(records, tmp_path / "two", config, count=2, workers=2) == 2
        one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
        assert len(one) == 3 * 5 + 1
        assert len(two) == 3 * 2 + 1
        assert two.items() <= one.items()
        assert one["000000_r0.jpg"] != one["000003_r0.jpg"]
        described, _ = read_truth(tmp_path / "one" / "000003_r0.json")
        assert described["image"] == "000003_r0.jpg"
        assert described["record"]["origin"] == "measured"

    def test_goes_on_after_a_crash(self, records, tmp_path, monkeypatch):
        write_pages(records, tmp_path / "whole", SMALL)
        real, calls = batch.write_bytes, []

        def failing(path, content):
            calls.append(path)
            if len(calls) == 6:
                raise KeyboardInterrupt
            real(path, content)

        monkeypatch.setattr(batch, "write_bytes", failing)
        with pytest.raises(KeyboardInterrupt):
            write_pages(records, tmp_path / "torn", SMALL)
        assert not (tmp_path / "torn" / "000001_r1.json").exists()
        monkeypatch.undo()
        assert write_pages(records, tmp_path / "torn", SMALL) == 2
        assert write_pages(records, tmp_path / "torn", SMALL) == 0
        assert contents(tmp_path / "torn") == contents(tmp_path / "whole")

    def test_command_line(self, records, tmp_path, capsys):
        out = tmp_path / "out"
        arguments = ["paper", "--records", str(records), "--out", str(out), "--dpi", "72", "--layout", "6x2"]
        assert main([*arguments, "--match", "r[01]", "--distortions", "rotate=0.2", "shadow=0.5"]) == 0
        assert "2 pictures made" in capsys.readouterr().out
        described, arrays = read_truth(out / "000001_r1.json")
        assert [one["name"] for one in described["distortions"]] == ["rotate", "shadow"]
        assert len(arrays["points_px"]) == 12 * 500

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--records", "nowhere"], "The records must be in a folder. Received: records='nowhere'."),
            (["--preset", "photo"], "Unknown preset. Received: preset='photo'."),
            (
                ["--strength", "3", "--preset", "scan"],
                "The strength of a preset must be from 0 to 1. Received: strength=3.0.",
            ),
            (["--match", "x*"], "No record's name is as asked for. Received: match='x*'."),
            (["--leads", "i", "vx", "--layout", "2x1"], "r0: Unknown lead in this record. Received: lead='vx'."),
            (["--dpi", "9"], "The resolution must be 72 to 600 dpi. Received: dpi=9."),
            (["--paper", "purple"], "Unknown paper."),
            (["--font", "comic"], "Unknown font."),
            (["--workers", "0"], "There must be no less than 0 pictures and 1 worker. Received: count=0, workers=0."),
            (["--seed", "-1"], "A seed must be an integer from 0"),
        ],
    )
    def test_bad_input(self, records, tmp_path, capsys, arguments, message):
        given = ["paper", "--records", str(records), "--out", str(tmp_path / "out"), *arguments]
        assert main(given) == 1
        assert message in capsys.readouterr().err

    def test_does_not_mix(self, records, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        with pytest.raises(InputError, match="The output folder is not empty and has no paper.json; nothing"):
            write_pages(records, tmp_path, SMALL)
        with pytest.raises(InputError, match="Unknown paper"):
            write_pages(records, tmp_path / "out", dataclasses.replace(SMALL, paper="purple"))
        # Nothing was made, so that nothing can be mixed.
        write_pages(records, tmp_path / "out", SMALL, count=1)
        with pytest.raises(InputError, match="The folder holds pictures of other settings or records, and nothing"):
            write_pages(records, tmp_path / "out", dataclasses.replace(SMALL, seed=9), count=1)
