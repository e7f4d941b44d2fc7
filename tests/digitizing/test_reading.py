"""Reading a flat page with its true ink: what path and pen do without the network."""

import dataclasses

import numpy as np
import pytest
from pages import beats

from ecg_synth.config import PaperConfig
from ecg_synth.digitizing.flat import FlatPage, flat_of_truth
from ecg_synth.digitizing.ink import Ink
from ecg_synth.digitizing.layout import FoundLead
from ecg_synth.digitizing.reading import read_leads
from ecg_synth.errors import InputError
from ecg_synth.paper.page import make_page
from ecg_synth.paper.scoring import snr_db
from ecg_synth.paper.sheet import LABELS, TRACE

CONFIG = PaperConfig(layout="3x1", leads=("i", "ii", "v1"), page="strip", seconds=2.0, dpi=200, paper="red")


def ink_of_truth(page, flat):
    seen = flat.sample(page.labels, smooth=False, outside=LABELS["off_page"])
    return Ink(*(there.astype(np.float32) for there in (seen >= TRACE, seen == 2, seen == 3)))


def places(page):
    panels = [trace.panel for trace in page.sheet.traces]
    return [FoundLead(p.lead, 1, p.row, p.box.left, p.box.right, p.baseline_mm, 0.0, False, 1.0) for p in panels]


@pytest.fixture(scope="module")
def page():
    return make_page(beats(), CONFIG)


@pytest.fixture(scope="module")
def flat(page):
    return flat_of_truth(page)


@pytest.fixture(scope="module")
def readings(page, flat):
    return read_leads(flat, ink_of_truth(page, flat), places(page))


def snr_of(page, readings):
    """Of every lead in dB, against the drawn line between samples."""
    found = []
    for trace, reading in zip(page.sheet.traces, readings, strict=True):
        at_ours = np.interp(reading.seconds, np.arange(len(trace.signal_mv)) / page.record.fs, trace.signal_mv)
        found.append(snr_db(at_ours, reading.signal_mv))
    return found


def test_signals_come_back(page, readings):
    for trace, reading in zip(page.sheet.traces, readings, strict=True):
        assert reading.name == trace.panel.lead
        assert len(reading.signal_mv) == len(reading.seconds) == 1000
        assert reading.confidence > 0.95
    assert min(snr_of(page, readings)) > 38


def test_strokes_read_finer_than_edges_and_edges_finer_than_centroids(page, flat, readings):
    ink, found = ink_of_truth(page, flat), {"stroke": readings}
    for way in ("pen", "centroid"):
        found[way] = read_leads(flat, ink, places(page), way=way)
    mean = {way: np.mean(snr_of(page, read)) for way, read in found.items()}
    assert mean["stroke"] > mean["pen"] + 2 > mean["centroid"] + 4


def test_another_way_is_told(flat, page):
    with pytest.raises(InputError) as caught:
        read_leads(flat, ink_of_truth(page, flat), places(page), way="guess")
    assert str(caught.value) == "A trace is read by one of stroke, pen, centroid. Received: way='guess'."


def test_any_rate_reads_the_same_line(page, flat, readings):
    slower = read_leads(flat, ink_of_truth(page, flat), places(page), fs=125.0)
    for slow, fast in zip(slower, readings, strict=True):
        np.testing.assert_allclose(slow.signal_mv, fast.signal_mv[::4])


def test_gain_and_speed_only_scale(page, flat, readings):
    other = read_leads(flat, ink_of_truth(page, flat), places(page), fs=1000.0, mm_per_s=50.0, mm_per_mv=20.0)
    for scaled, reading in zip(other, readings, strict=True):
        np.testing.assert_allclose(scaled.signal_mv, reading.signal_mv / 2)
        np.testing.assert_allclose(scaled.seconds, reading.seconds / 2)


def test_upside_down_reads_the_negative(page, flat, readings):
    ink, height = ink_of_truth(page, flat), flat.size[1] / 8
    turned = FlatPage(np.ascontiguousarray(flat.image[::-1]), flat.inside[::-1], flat.mesh)
    leads = [lead._replace(baseline_mm=height - lead.baseline_mm) for lead in places(page)]
    for down, up in zip(read_leads(turned, Ink(*(m[::-1] for m in ink)), leads), readings, strict=True):
        assert snr_db(-up.signal_mv, down.signal_mv) > 40


def test_what_is_hidden_is_nan(page, flat, readings):
    # 10 mm of the page are white, as under a sticker, and the network sees nothing there.
    ink = ink_of_truth(page, flat)
    lead = places(page)[0]
    hidden = slice(round(8 * (lead.left_mm + 20)), round(8 * (lead.left_mm + 30)))
    image, trace = flat.image.copy(), ink.trace.copy()
    image[:, hidden], trace[:, hidden] = 1.0, 0.0
    for part, whole in zip(
        read_leads(dataclasses.replace(flat, image=image), ink._replace(trace=trace), places(page)),
        readings,
        strict=True,
    ):
        read = np.isfinite(part.signal_mv)
        inner = (part.seconds > 0.82) & (part.seconds < 1.18)
        assert not read[inner].any()
        assert read[(part.seconds < 0.75) | (part.seconds > 1.25)].all()
        assert part.confidence < whole.confidence - 0.1


def test_an_empty_page_reads_nothing(flat):
    nothing = Ink(*(np.zeros(flat.inside.shape, dtype=np.float32) for _ in range(3)))
    lead = FoundLead("i", 1, 0, 20.0, 40.0, 30.0, 0.0, False, 1.0)
    white = dataclasses.replace(flat, image=np.ones_like(flat.image))
    (reading,) = read_leads(white, nothing, [lead])
    assert np.isnan(reading.signal_mv).all()
    assert reading.confidence == 0


def test_without_a_baseline_the_median_is_zero(page, flat):
    leads = [lead._replace(baseline_mm=float("nan")) for lead in places(page)[1:2]]
    (reading,) = read_leads(flat, ink_of_truth(page, flat), leads)
    assert np.nanmedian(reading.signal_mv) == pytest.approx(0, abs=1e-9)
