"""Pages without a grid: turned upright, and to scale by their pulses or by what is told."""

import json
from itertools import pairwise

import cv2
import numpy as np
import pytest
from pages import beats, matplotlib_page, small_page, true_look
from PIL import Image

from ecg_synth.cli.main import main
from ecg_synth.config import DigitizeConfig
from ecg_synth.digitizing.digitize import MOST_ROWS, digitize
from ecg_synth.digitizing.find_page import find_mesh, pages_in
from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.digitizing.gridless import MOST_DEGREES, mesh_without_grid, scale_of, tilt_of
from ecg_synth.digitizing.ink import Ink
from ecg_synth.digitizing.layout import INEXACT
from ecg_synth.errors import InputError
from ecg_synth.paper.geometry import MM_PER_INCH
from ecg_synth.signals.wfdb_io import read_record

LEADS = ("i", "ii", "v1")
SECONDS = 4.0


def plain_page(dpi=150, distortions=(), **settings):
    chosen = {"paper": "plain", "layout": "3x1", "leads": LEADS, "seconds": SECONDS, "header": True} | settings
    return small_page("clean", dpi=dpi, distortions=distortions, **chosen)


def ink_of(page):
    return (cv2.cvtColor(page.image, cv2.COLOR_RGB2GRAY) < 128).astype(np.float32)


@pytest.fixture(scope="module")
def page():
    return plain_page()


@pytest.fixture(scope="module")
def copied():
    return plain_page(distortions=("rotate=0.12", "blur=0.2", "black_white=0.6"))


def turned(ink, degrees):
    height, width = ink.shape
    turn = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), -degrees, 1.0)
    return cv2.warpAffine(ink, turn, (width, height))


@pytest.mark.parametrize("degrees", [-7.0, -1.3, 0.0, 0.46, 5.0])
def test_a_page_is_turned_upright(page, degrees):
    # The turning itself of the page is not exact to more.
    assert tilt_of(turned(ink_of(page), degrees)) == pytest.approx(degrees, abs=0.06)


@pytest.mark.parametrize("degrees", [-30.0, 9.0])
def test_a_page_that_is_turned_farther_is_not_turned_back(page, degrees):
    assert abs(tilt_of(turned(ink_of(page), degrees))) <= MOST_DEGREES + 0.2


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3)])
def test_there_is_nothing_to_turn(size):
    assert abs(tilt_of(np.ones(size, dtype=np.float32))) <= MOST_DEGREES + 0.2


@pytest.mark.parametrize("dpi", [100, 150, 240])
def test_pulses_tell_the_scale(dpi):
    found = scale_of(ink_of(plain_page(dpi)), 25.0)
    # What is left is taken from the traces' length, where it is no more.
    assert found == pytest.approx(dpi / MM_PER_INCH, rel=INEXACT)


def test_a_faster_paper_has_wider_pulses():
    page = plain_page(mm_per_s=50.0, seconds=2.0)
    assert scale_of(ink_of(page), 50.0) == pytest.approx(150 / MM_PER_INCH, rel=0.01)


@pytest.mark.parametrize("size", [(1, 2000), (2000, 1), (5, 5), (60, 90)])
@pytest.mark.parametrize("shade", [0, 255])
def test_no_page_fits_into_a_few_pixels(size, shade):
    assert mesh_without_grid(np.full((*size, 3), shade, dtype=np.uint8), 25.0) is None


def test_one_pulse_is_none(page):
    assert scale_of(ink_of(plain_page(layout="1x1", leads=("ii",))), 25.0) is None
    assert mesh_without_grid(np.full((300, 400, 3), 255, dtype=np.uint8), 25.0) is None


def pulses(page, left, px_per_mm, tops):
    """Pulses of ten by five millimetres on feet of two, drawn on a page."""
    wide, high, foot = (round(mm * px_per_mm) for mm in (5, 10, 2))
    for top in tops:
        base = top + high
        places = [(-foot, base), (0, base), (0, top), (wide, top), (wide, base), (wide + foot, base)]
        for (x, y), (to_x, to_y) in pairwise(places):
            cv2.line(page, (left + x, y), (left + to_x, to_y), 1.0, 3)


def test_squares_amid_the_page_are_no_pulses():
    page = np.zeros((900, 1300), dtype=np.float32)
    pulses(page, 60, 8.0, range(60, 800, 240))
    page[[90, 91, 330, 331, 570, 571, 810, 811], 150:] = 1
    pulses(page, 600, 6.0, range(60, 800, 120))
    assert scale_of(page, 25.0) == pytest.approx(8.0, rel=0.02)


def test_what_is_beside_a_page_is_not_on_it(copied):
    beside = np.pad(copied.image, ((30, 20), (50, 70), (0, 0)))
    mesh, px_per_mm, degrees = mesh_without_grid(beside, 25.0)
    _, alone, same = mesh_without_grid(copied.image, 25.0)
    assert (px_per_mm, degrees) == (pytest.approx(alone, rel=2e-3), pytest.approx(same, abs=0.03))
    assert mesh.size[0] > copied.image.shape[1] / px_per_mm * PX_PER_MM


def errors_mm(page, mesh):
    """Distances of where samples are found from where they were drawn, less what they have in common."""
    points = np.concatenate([trace.points_px[::10] for trace in page.sheet.traces])
    off = mesh.to_image(page.to_image(points)) / PX_PER_MM - page.sheet.scale.to_mm(points)
    return np.hypot(*(off - np.median(off, axis=0)).T)


def test_the_page_lies_where_it_was_drawn(copied):
    told, _, degrees = mesh_without_grid(copied.image, 25.0, dpi=150.0)
    assert np.quantile(errors_mm(copied, told), 0.95) < 0.1
    found, px_per_mm, same = mesh_without_grid(copied.image, 25.0)
    assert same == degrees
    assert px_per_mm == pytest.approx(150 / MM_PER_INCH, rel=0.01)
    assert np.quantile(errors_mm(copied, found), 0.95) < 0.6


class TestDigitize:
    def test_signals_come_back(self, copied):
        read = digitize(copied.image, look=true_look(copied))
        assert not read.grid.on_lines
        assert read.sig_name == LEADS
        assert read.layout.gain_known
        for name in LEADS:
            truth = copied.record.select([name])[: round(SECONDS * 250), 0]
            estimate = read.p_signal[::2, read.sig_name.index(name)][: len(truth)]
            there = np.isfinite(estimate)
            assert there.mean() > 0.97
            shifted = [np.roll(truth, k)[there] - estimate[there] for k in range(-8, 9)]
            # 0 mV is the pulses' own; only the first sample's time is not told.
            assert min(np.sqrt(np.mean(off**2)) for off in shifted) < 0.06

    def test_traces_are_whole_half_seconds_long(self, copied):
        layout = digitize(copied.image, look=true_look(copied)).layout
        assert layout.mm_per_s == pytest.approx(25.0, rel=0.02)
        assert layout.mm_per_mv / 10.0 == pytest.approx(layout.mm_per_s / 25.0)
        lasts = [(lead.right_mm - lead.left_mm) / layout.mm_per_s for lead in layout.leads]
        assert lasts == pytest.approx([SECONDS] * len(LEADS))

    def test_a_told_resolution_needs_no_pulses(self):
        page = plain_page(pulse=False)
        look = true_look(page)
        with pytest.raises(InputError, match=r"no grid of parallel lines.*say the resolution \(--dpi\)"):
            digitize(page.image, look=look)
        read = digitize(page.image, DigitizeConfig(dpi=150.0), look)
        assert read.grid.px_per_mm == pytest.approx(150 / MM_PER_INCH)
        assert len(read.sig_name) == len(LEADS)
        assert not read.layout.gain_known

    def test_a_grid_is_believed_before_a_told_resolution(self):
        picture = matplotlib_page(dpi=110)
        first, grid = next(pages_in(picture, 25.0, 300.0))
        assert grid.on_lines
        assert grid.px_per_mm == find_mesh(picture).px_per_mm
        assert first.size == tuple(grid.mesh.size)

    def test_hundreds_of_rows_are_no_ecg(self, page):
        def stripes(flat):
            seen = np.zeros(flat.image.shape[:2], dtype=np.float32)
            seen[:: PX_PER_MM * 3] = seen[1 :: PX_PER_MM * 3] = 1.0
            assert len(seen) / PX_PER_MM / 3 > MOST_ROWS
            return Ink(seen, np.zeros_like(seen), np.zeros_like(seen))

        with pytest.raises(InputError, match=rf"more than {MOST_ROWS} rows of what may be one"):
            digitize(small_page("clean", dpi=100, layout="3x1", leads=LEADS).image, look=stripes)

    def test_a_resolution_that_cannot_be(self, page):
        with pytest.raises(InputError, match=r"the resolution positive or 0.*dpi=-1"):
            digitize(page.image, DigitizeConfig(dpi=-1.0))


def test_the_command_reads_a_copy(tmp_path, capsys):
    record = beats(LEADS)
    page = plain_page(distortions=("rotate=0.12", "black_white=0.6"), dpi=200, seconds=5.0)
    Image.fromarray(page.image).save(tmp_path / "copy.png")
    assert main(["digitize", str(tmp_path / "copy.png"), "--out", str(tmp_path / "read")]) == 0
    assert "px/mm (by the calibration pulses)" in capsys.readouterr().out
    described = json.loads((tmp_path / "read" / "copy.json").read_text())
    assert described["grid"]["scale_is"] == "by the calibration pulses"
    assert read_record(tmp_path / "read" / "copy").fs == 500
    assert record.fs == 250
