import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waves import waves

from ecg_synth.config import PaperConfig
from ecg_synth.errors import InputError
from ecg_synth.paper import ink
from ecg_synth.paper.grid import PAPERS, grid_page
from ecg_synth.paper.render import render
from ecg_synth.paper.sheet import LABELS, TRACE

PLAIN = PaperConfig(paper="plain", dpi=150, header=False)


def drawn(record=None, config=PLAIN, seed=0):
    return render(record or waves(), config, np.random.default_rng(seed))


class TestInk:
    # matplotlib is imported by the first.
    @settings(deadline=None)
    @given(st.floats(5, 15), st.floats(0.5, 4))
    def test_a_horizontal_line_covers_its_area_at_its_place(self, y, width):
        line = ink.stroke(np.array([(-5.0, y), (45.0, y)]), width, (40, 20))
        rows = line.top + np.arange(len(line.cover))
        covered = np.clip(np.minimum(rows + 1, y + width / 2) - np.maximum(rows, y - width / 2), 0, 1)
        np.testing.assert_allclose(line.cover[:, 20] / 255, covered, atol=0.01)

    @settings(deadline=None)
    @given(st.floats(0, 1), st.floats(0, 1))
    def test_a_square_covers_its_area_at_its_place(self, dx, dy):
        square = np.array([(3, 4), (9, 4), (9, 8), (3, 8)]) + np.array([dx, dy])
        shape = ink.polygon(square, (20, 20))
        share = shape.cover.astype(float) / 255
        rows, columns = np.mgrid[: share.shape[0], : share.shape[1]] + 0.5
        assert share.sum() == pytest.approx(24, abs=0.2)
        assert (share * (columns + shape.left)).sum() / share.sum() == pytest.approx(6 + dx, abs=0.02)
        assert (share * (rows + shape.top)).sum() / share.sum() == pytest.approx(6 + dy, abs=0.02)

    def test_nothing_to_draw(self):
        assert ink.stroke(np.full((3, 2), np.nan), 2.0, (20, 20)).cover.size == 0
        assert ink.stroke(np.array([(-50.0, 5.0), (-40.0, 5.0)]), 2.0, (20, 20)).cover.size == 0

    def test_what_is_remembered_is_what_would_be_drawn(self, monkeypatch):
        turns = np.linspace(0, 40, 300)
        points = np.stack([60 + turns * np.cos(turns), 50 + turns * np.sin(turns)], axis=1)
        kept, again = (ink.stroke(points, 1.7, (120, 100)) for _ in range(2))
        assert kept.cover is again.cover
        assert not kept.cover.flags.writeable
        monkeypatch.setattr(ink, "KEPT_VERTICES", 0)
        fresh = ink.stroke(points, 1.7, (120, 100))
        assert fresh.cover is not kept.cover
        np.testing.assert_array_equal(fresh.cover, kept.cover)
        assert fresh[:2] == kept[:2]

    def test_text_reads_dollars_and_underscores_as_they_are(self):
        widths = [ink.text_path(text, "sans", 3.0)[1].width for text in ("a$b_1$", "ab_1")]
        assert widths[0] > widths[1] > 0


class TestGrid:
    @pytest.mark.parametrize("px_per_mm", [4.0, 7.874, 11.811])
    def test_lines_are_where_millimetres_are(self, px_per_mm):
        style = PAPERS["gray"]._replace(thin_mm=0.0)
        image, _ = grid_page(style, round(33 * px_per_mm), round(33 * px_per_mm), px_per_mm)
        dark = 255.0 - image[int(2.5 * px_per_mm), :, 0]
        edges = np.arange(len(dark)) + 0.5
        for mm in (5, 10, 15, 30):
            near = np.abs(edges - mm * px_per_mm) < 2 * px_per_mm
            assert (dark * edges)[near].sum() / dark[near].sum() == pytest.approx(mm * px_per_mm, abs=0.05)
            assert dark[near].sum() / 105 == pytest.approx(0.22 * px_per_mm, rel=0.03)

    def test_both_directions_are_alike(self):
        image, lines = grid_page(PAPERS["red"], 200, 200, 7.874)
        np.testing.assert_array_equal(image, image.transpose(1, 0, 2))
        np.testing.assert_array_equal(lines, lines.T)
        assert 0.1 < lines.mean() < 0.6


class TestRender:
    @pytest.mark.parametrize(("dpi", "page"), [(100, "a4"), (200, "letter"), (300, "strip")])
    def test_the_inks_centroid_is_on_the_truth(self, dpi, page):
        config = dataclasses.replace(PLAIN, dpi=dpi, page=page, layout="2x1", leads=("i", "ii"), separators=False)
        sheet = drawn(waves(("i", "ii")), config)
        dark = 255.0 - sheet.image[..., 0]
        for number, trace in enumerate(sheet.traces):
            only = np.where(sheet.labels == TRACE + number, dark, 0.0)
            # Also the pale edges of the line, which its label leaves out.
            for step in (-1, 1):
                only = np.maximum(only, np.where(np.roll(sheet.labels == TRACE + number, step, axis=0), dark, 0.0))
            x, y = trace.points_px.T
            columns = np.arange(int(x[0]) + 60, int(x[-1]) - 4)
            rows = np.arange(len(dark))[:, None] + 0.5
            centroid = (only[:, columns] * rows).sum(axis=0) / only[:, columns].sum(axis=0)
            off = centroid - np.interp(columns + 0.5, x, y)
            assert np.abs(off).max() < 0.15
            assert abs(off.mean()) < 0.02

    def test_labels_tell_everything_apart(self):
        sheet = drawn(config=PaperConfig(dpi=100))
        seen = set(np.unique(sheet.labels))
        assert seen == {LABELS[name] for name in ("paper", "grid", "text", "pulse", "separator")} | {
            TRACE + k for k in range(13)
        }
        # One map: a pixel has one label, and each trace's pixels hold its samples.
        for number, trace in enumerate(sheet.traces):
            columns, rows = np.floor(trace.points_px).astype(int).T
            assert (sheet.labels[rows, columns] == TRACE + number).mean() > 0.97

    def test_gaps_are_not_drawn(self):
        record = waves(("i",))
        record.p_signal[500:750] = np.nan
        sheet = drawn(record, dataclasses.replace(PLAIN, layout="1x1"))
        trace = sheet.traces[0]
        assert np.isnan(trace.points_px[500:750]).all()
        x = trace.points_px[[497, 752], 0].astype(int)
        assert (sheet.image[:, x[0] + 3 : x[1] - 3] == 255).all()

    def test_says_what_it_is(self):
        for origin, word in (("measured", "MEASURED"), ("simulated", "SIMULATED"), ("synthetic", "SYNTHETIC")):
            sheet = drawn(waves(origin=origin), dataclasses.replace(PLAIN, header=True, dpi=72))
            texts = [words.text for words in sheet.words if words.kind == "header"]
            assert texts[0].startswith(word)
            assert "made up" in texts[1]

    def test_the_header_fits_on_a_short_strip(self):
        config = dataclasses.replace(PLAIN, header=True, layout="1x1", page="strip")
        sheet = drawn(waves(("i",), seconds=1.0), config)
        assert max(words.corners_px[:, 0].max() for words in sheet.words) <= sheet.size[0]

    def test_the_pulse_is_a_millivolt_and_a_fifth_of_a_second(self):
        for speed in (25.0, 50.0):
            config = dataclasses.replace(PLAIN, layout="1x1", mm_per_s=speed, page="strip")
            sheet = drawn(waves(("i",)), config)
            rows, columns = np.nonzero(sheet.labels == LABELS["pulse"])
            height = (np.ptp(rows) + 1) / sheet.scale.px_per_mm - config.trace_mm
            assert height == pytest.approx(config.mm_per_mv, abs=0.2)
            top = columns[rows < rows.min() + 3]
            assert (np.ptp(top) + 1) / sheet.scale.px_per_mm - config.trace_mm == pytest.approx(0.2 * speed, abs=0.2)

    def test_refuses_a_pen_of_a_centimetre(self):
        with pytest.raises(InputError, match="A pen is 0.05 to 2 mm wide, or 0 for any. Received: trace_mm=10"):
            drawn(config=dataclasses.replace(PLAIN, trace_mm=10.0))
