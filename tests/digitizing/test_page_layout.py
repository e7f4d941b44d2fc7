import numpy as np
import pytest
from pages import small_page, true_ink

from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.digitizing.layout import find_layout
from ecg_synth.digitizing.pulses import Pulse, find_pulses
from ecg_synth.digitizing.rows import Rows, find_rows
from ecg_synth.digitizing.words import NAMES, Word, find_words
from ecg_synth.paper import ink as drawing
from ecg_synth.paper.geometry import printed_name
from ecg_synth.paper.layout import ORDERS


def written(texts, font, height_mm=3.4, size_mm=(120, 20)):
    """A map of text with words 25 mm apart."""
    width, height = size_mm[0] * PX_PER_MM, size_mm[1] * PX_PER_MM
    text = np.zeros((height, width), dtype=np.float32)
    for number, word in enumerate(texts):
        path, _ = drawing.text_path(word, font, height_mm * PX_PER_MM)
        moved = type(path)(path.vertices + np.array([40 + 200 * number, 100]), path.codes)
        laid = drawing.fill(moved, (width, height))
        rows, columns = laid.cover.shape
        text[laid.top : laid.top + rows, laid.left : laid.left + columns] = laid.cover / 255
    return text


@pytest.mark.parametrize("font", list(drawing.FONTS))
@pytest.mark.parametrize("height_mm", [2.6, 3.4, 4.0])
def test_every_name_is_read_in_every_font(font, height_mm):
    for name in NAMES:
        printed = ("-" if name.startswith("-") else "") + printed_name(name.removeprefix("-"))
        words = find_words(written([printed], font, height_mm))
        assert [word.name for word in words] == [name]
        assert words[0].score > 0.8


def test_other_words_are_not_names():
    for word in find_words(written(["Name:", "mm/s", "10"], "sans")):
        assert word.score < 0.75


def layout_of(page):
    ink = true_ink(page)
    return find_layout(find_rows(ink.trace, ink.pulse), find_words(ink.text))


@pytest.mark.parametrize(
    ("layout", "order"), [("3x4+1", "standard"), ("3x4", "cabrera"), ("3x4+3", "standard"), ("6x2", "standard"),
                          ("12x1", "cabrera")],
)  # fmt: skip
def test_known_layouts_are_told_apart(layout, order):
    page = small_page(layout=layout, order=order, page="a4", seconds=0.0, dpi=72)
    found = layout_of(page)
    assert (found.name, found.order) == (layout, order)
    panels = sorted((trace.panel for trace in page.sheet.traces), key=lambda panel: (panel.row, panel.start_s))
    for lead, panel in zip(found.leads, panels, strict=True):
        assert (lead.name, lead.sign, lead.row, lead.rhythm) == (panel.lead, panel.sign, panel.row, panel.rhythm)
        place = lead.left_mm, lead.right_mm, lead.baseline_mm
        assert place == pytest.approx((panel.box.left, panel.box.right, panel.baseline_mm), abs=0.3)
        assert lead.start_s == pytest.approx(panel.start_s, abs=0.02)


@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
def test_the_pulse_tells_the_gain(gain):
    found = layout_of(small_page(mm_per_mv=gain))
    assert (found.mm_per_mv, found.gain_known) == (gain, True)
    assert found.leads[0].name == "ii"


def test_without_a_pulse_the_gain_is_assumed():
    found = layout_of(small_page(pulse=False))
    assert (found.mm_per_mv, found.gain_known) == (10.0, False)


def test_names_decide_where_no_layout_is_known():
    leads = ("v2", "avf", "i")
    found = layout_of(small_page(layout="3x1", leads=leads))
    assert tuple(lead.name for lead in found.leads) == leads
    assert found.order == "named"


def test_a_name_that_is_missing_is_completed_by_the_layout():
    page = small_page(layout="3x4", page="a4", seconds=0.0, dpi=72)
    ink = true_ink(page)
    names = find_words(ink.text)
    kept = [word for word in names if word.name not in ("v2", "avl")]
    found = find_layout(find_rows(ink.trace, ink.pulse), kept)
    assert [lead.name for lead in found.leads][:8] == ["i", "avr", "v1", "v4", "ii", "avl", "v2", "v5"]
    unsure = {lead.name for lead in found.leads if lead.confidence < 0.5}
    assert unsure == {"v2", "avl"}


def word(name, left_mm, baseline_mm, wide_mm=3.0):
    return Word(left_mm, left_mm + wide_mm, baseline_mm - 13, baseline_mm - 10, np.eye(len(NAMES))[NAMES.index(name)])


def printed_names(rows):
    """A 3x4+1 page's names, one millimetre into their leads."""
    names = [ORDERS["standard"][column * 3 + row] for row in range(3) for column in range(4)]
    places = [(31 + 62.5 * column, rows.baselines_mm[row]) for row in range(3) for column in range(4)]
    return [word(name, *place) for name, place in zip(names, places, strict=True)]


def test_strokes_that_are_no_names_do_not_matter():
    pulses = [Pulse(22.0, 27.0, 55.0, 10.0)]
    rows = Rows(np.array([55.0, 100.0, 145.0, 190.0]), 30.0, 280.0, 10.0, pulses)
    names = [*printed_names(rows), word("ii", 31.0, 190.0)]
    separators = [word("i", 92.2, base + down, 0.6) for base in (55, 100, 145) for down in (8.0, 20.0)]
    edge = [word("i", 299.9, height, 0.2) for height in np.arange(40.0, 200.0, 5.0)]
    found, bare = find_layout(rows, names + separators + edge), find_layout(rows, names)
    assert found == bare
    assert found.score > 1
    assert [lead.name for lead in found.leads][::12] == ["i", "ii"]


@pytest.mark.parametrize(("left_mm", "baseline_mm"), [(29.8, 229.0), (139.6, 224.0), (60.0, 190.0), (27.0, 190.0)])
@pytest.mark.parametrize("read", [True, False])
def test_a_stroke_where_no_name_stands_names_nothing(read, left_mm, baseline_mm):
    rows = Rows(np.array([55.0, 100.0, 145.0, 190.0]), 30.0, 280.0, 10.0, [Pulse(22.0, 27.0, 55.0, 10.0)])
    own = word("ii", 31.0, 190.0)._replace(scores=0.8 * np.eye(len(NAMES))[NAMES.index("ii")])
    names = [*printed_names(rows), *([own] if read else [])]
    found = find_layout(rows, [*names, word("i", left_mm, baseline_mm, 0.4)])
    assert (found.leads[-1].name, found.leads[-1].rhythm) == ("ii", True)
    assert found.leads[-1].confidence == pytest.approx(0.8 if read else 0.4)


def test_columns_that_the_names_tell_are_believed_where_other_ink_ends_the_rows():
    rows = Rows(np.array([55.0, 100.0, 145.0, 190.0]), 29.87, 280.13, 10.0, [])
    names = [*printed_names(rows), word("ii", 31.0, 190.0)]
    for right_mm in (293.0, 262.0):
        assert find_layout(rows._replace(right_mm=right_mm), names) == find_layout(rows, names)


def stroke(ink, left_mm, top_mm, right_mm, bottom_mm):
    ink[round(top_mm * 8) - 1 : round(bottom_mm * 8) + 2, round(left_mm * 8) - 1 : round(right_mm * 8) + 2] = 1


def rectangle(ink, left_mm, foot_mm, wide_mm, high_mm):
    """A pulse with its feet."""
    right_mm, top_mm = left_mm + wide_mm, foot_mm - high_mm
    stroke(ink, left_mm - 2, foot_mm, left_mm, foot_mm)
    stroke(ink, left_mm, top_mm, left_mm, foot_mm)
    stroke(ink, left_mm, top_mm, right_mm, top_mm)
    stroke(ink, right_mm, top_mm, right_mm, foot_mm)
    stroke(ink, right_mm, foot_mm, right_mm + 2, foot_mm)


def test_beats_that_look_like_pulses_are_none():
    trace, pulse = (np.zeros((1360, 1200), dtype=np.float32) for _ in range(2))
    bases = (30.0, 70.0, 110.0, 150.0)
    for base in bases:
        stroke(trace, 30, base, 79, base)
        rectangle(trace, 80, base, 2.5, 5)
        stroke(trace, 83, base, 128, base)
        # So near the end that they might stand behind the rows.
        rectangle(trace, 129, base, 2.5, 5)
        stroke(trace, 132, base, 140, base)
    for base in bases[:3]:
        rectangle(pulse, 22, base, 5, 10)
    found = find_rows(trace, pulse)
    assert found.mm_per_mv == 10
    assert [one.foot_mm for one in found.pulses] == pytest.approx(bases[:3], abs=0.1)
    assert found.left_mm == pytest.approx(30, abs=0.3)
    assert found.baselines_mm == pytest.approx(bases)


def test_a_pulse_stands_on_feet_and_not_on_its_own_strokes():
    ink = np.zeros((320, 320), dtype=np.float32)
    rectangle(ink, 15.0, 30.0, 5, 10)
    # A stroke is a little wider in places, and a corner filled.
    ink[195:204, 160:164] = 1
    ink[236:242, 120:128] = 1
    (found,) = find_pulses(ink)
    assert (found.height_mm, found.foot_mm) == (10.0, pytest.approx(30, abs=0.2))


def test_an_empty_page_has_neither_rows_nor_pulses():
    empty = np.zeros((400, 600), dtype=np.float32)
    assert find_rows(empty, empty) is None
    assert find_pulses(empty) == []
    assert find_words(empty) == []


def test_pulses_that_the_network_did_not_know_are_found_in_all_ink():
    page = small_page(layout="3x1", leads=("i", "ii", "iii"), seconds=3.0)
    ink = true_ink(page)
    nothing = np.zeros_like(ink.pulse)
    blind = find_rows(ink.trace, nothing)
    seen = find_rows(ink.trace, nothing, lambda: np.maximum(ink.trace, ink.pulse))
    assert (blind.pulses, len(seen.pulses), seen.mm_per_mv) == ([], 3, 10.0)
    np.testing.assert_allclose(seen.baselines_mm, find_rows(ink.trace, ink.pulse).baselines_mm, atol=0.2)
    # They are not looked for where the network has seen them.
    assert find_rows(ink.trace, ink.pulse, None).pulses == find_rows(ink.trace, ink.pulse, pytest.fail).pulses
