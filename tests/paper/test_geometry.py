import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_synth.config import PaperConfig
from ecg_synth.errors import InputError
from ecg_synth.paper.geometry import GAINS, SPEEDS, Box, Panel, Scale, printed_name
from ecg_synth.paper.layout import MARGIN_MM, lay_out, parse_layout
from ecg_synth.signals.leads import STANDARD_12

SCALES = st.builds(Scale, st.sampled_from(SPEEDS), st.sampled_from(GAINS), st.integers(72, 600))
NUMBERS = st.floats(-50, 50, allow_nan=False)


class TestMaps:
    @given(SCALES, st.lists(NUMBERS, min_size=1, max_size=9))
    def test_mm_and_pixels_are_inverse(self, scale, lengths):
        np.testing.assert_allclose(scale.to_mm(scale.to_px(lengths)), lengths, atol=1e-9)

    @given(SCALES, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=9), st.sampled_from((-1, 1)), NUMBERS)
    def test_seconds_and_millivolts_are_inverse(self, scale, points, sign, start):
        panel = Panel("avr", sign, Box(20.0, 30.0, 80.0, 70.0), 50.0, start, start + 2.5, 0)
        seconds, signal_mv = np.array(points).T
        back = panel.from_mm(panel.to_mm(seconds, signal_mv, scale), scale)
        np.testing.assert_allclose(back, (seconds, signal_mv), atol=1e-9)

    def test_closed_form(self):
        scale = Scale(25.0, 10.0, 254)
        panel = Panel("ii", 1, Box(20.0, 30.0, 80.0, 70.0), 50.0, 2.5, 5.0, 0)
        assert scale.to_px(panel.to_mm(3.5, 1.0, scale)).tolist() == [450.0, 400.0]
        upside_down = dataclasses.replace(panel, sign=-1)
        assert scale.to_px(upside_down.to_mm(3.5, 1.0, scale)).tolist() == [450.0, 600.0]

    @given(st.floats(50, 1000), st.integers(1, 12), st.integers(1, 6000))
    def test_panels_share_out_every_sample_once(self, fs, columns, length):
        step = length / fs / columns
        box = Box(0, 0, 1, 1)
        shown = [Panel("i", 1, box, 0, k * step, (k + 1) * step, 0).samples(fs, length) for k in range(columns)]
        assert [k for part in shown for k in range(part.start, part.stop)] == list(range(length))

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"mm_per_s": 30.0}, "The paper speed must be 25 or 50 mm/s. Received: mm_per_s=30.0."),
            ({"mm_per_mv": 1.0}, "The gain must be 5, 10 or 20 mm/mV. Received: mm_per_mv=1.0."),
            ({"dpi": 50}, "The resolution must be 72 to 600 dpi. Received: dpi=50."),
        ],
    )
    def test_refuses_other_scales(self, values, message):
        with pytest.raises(InputError) as error:
            Scale(**values)
        assert str(error.value) == message

    def test_names_are_printed_as_on_paper(self):
        assert [printed_name(lead) for lead in ("i", "avr", "v1", "vx")] == ["I", "aVR", "V1", "VX"]


class TestLayout:
    @pytest.mark.parametrize(
        ("layout", "panels", "column_s"),
        [
            ("3x4", 12, 2.5),
            ("3x4+1", 13, 2.5),
            ("3x4+3", 15, 2.5),
            ("6x2", 12, 5.0),
            ("12x1", 12, 10.0),
            ("1x1", 1, 10),
        ],
    )
    def test_panels(self, layout, panels, column_s):
        page = lay_out(PaperConfig(layout=layout), STANDARD_12, 10.0)
        assert len(page.panels) == panels
        assert page.panels[0].end_s == column_s
        for panel in page.panels:
            assert panel.box.width == pytest.approx((panel.end_s - panel.start_s) * 25.0)
            assert panel.box.left - page.pulse_mm >= MARGIN_MM
            assert panel.box.right <= page.size_mm[0] - MARGIN_MM
            assert panel.box.top < panel.baseline_mm < panel.box.bottom

    def test_the_usual_order_is_column_by_column(self):
        page = lay_out(PaperConfig(), STANDARD_12, 10.0)
        assert [panel.lead for panel in page.panels if panel.row == 1] == ["ii", "avl", "v2", "v5"]
        assert page.panels[-1].lead == "ii"
        assert page.panels[-1].rhythm

    def test_cabrera_turns_avr(self):
        page = lay_out(PaperConfig(layout="12x1", order="cabrera"), STANDARD_12, 10.0)
        assert [panel.title for panel in page.panels[:6]] == ["aVL", "I", "-aVR", "II", "aVF", "III"]
        assert [panel.sign for panel in page.panels[:4]] == [1, 1, -1, 1]

    def test_fast_paper_shows_less(self):
        page = lay_out(PaperConfig(mm_per_s=50.0), STANDARD_12, 10.0)
        assert page.panels[-1].end_s == pytest.approx((297 - 20 - 15) / 50)

    def test_a_strip_grows_with_its_signal(self):
        page = lay_out(PaperConfig(layout="1x1", page="strip", mm_per_s=50.0), STANDARD_12, 10.0)
        assert page.size_mm[0] == pytest.approx(20 + 15 + 500)

    def test_takes_the_records_own_leads_where_their_number_is_right(self):
        page = lay_out(PaperConfig(layout="3x1"), ("i", "ii", "iii"), 2.0)
        assert [panel.lead for panel in page.panels] == ["i", "ii", "iii"]

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"layout": "3by4"}, "A layout must be ROWSxCOLUMNS or ROWSxCOLUMNS+RHYTHM, for example 3x4+1"),
            ({"layout": "0x4"}, "Received: layout='0x4'."),
            ({"layout": "2x2"}, "The layout has 4 places and there are 12 leads. Received: layout='2x2'"),
            ({"leads": ("i", "v9"), "layout": "2x1"}, "Unknown lead in this record. Received: lead='v9'."),
            ({"page": "a3"}, "Unknown page. Received: page='a3'. Valid: 'a4', 'letter', 'strip'."),
            ({"order": "random"}, "Unknown order."),
            ({"seconds": 11.0}, "A page can show up to the 10 s of its record. Received: seconds=11.0."),
            ({"seconds": 9.0, "mm_per_s": 50.0}, "holds 5.24 s at 50 mm/s. Received: seconds=9.0."),
            ({"layout": "3x4+4"}, "A layout with 4 rhythm rows needs as many leads."),
        ],
    )
    def test_refuses(self, values, message):
        with pytest.raises(InputError, match="Received") as error:
            lay_out(PaperConfig(**values), STANDARD_12, 10.0)
        assert message in str(error.value)

    def test_a_record_without_the_12_is_told_of_its_own_layout(self):
        with pytest.raises(
            InputError, match=r"or choose a layout of 3 places, 3x1 for example, which takes the record's"
        ):
            lay_out(PaperConfig(), ("i", "ii", "iii"), 2.0)

    def test_parse(self):
        assert parse_layout("3x4+1") == (3, 4, 1)
