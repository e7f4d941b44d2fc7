"""Which field reaches which function: the page's own wires, without a browser."""

import importlib.util

import pytest

from ecg_synth.app.answers import AnswerFile
from ecg_synth.app.view import IN_TURN, NOT_TOLD, House

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("gradio") is None, reason="needs the extra 'app': pip install 'ecg_synth[app]'"
)


@pytest.fixture
def wires(model, told_model, house, tmp_path):
    """Calls the functions that an element's event calls, with the fields' own values but for those given by id."""
    from ecg_synth.app.page import build

    two = House({"told": told_model, "tiny": model}, house.real, house.config)
    page = build(two, AnswerFile(tmp_path / "quiz.csv"), tmp_path)
    ids = {block.elem_id: number for number, block in page.blocks.items() if getattr(block, "elem_id", None)}

    def call(element, event, **given):
        outputs = {}
        for wired in page.fns.values():
            if (ids[element], event) in wired.targets and callable(wired.fn):
                values = [given.get((field.elem_id or "").replace("-", "_"), field.value) for field in wired.inputs]
                found = wired.fn(*values)
                several = len(wired.outputs) > 1
                for out, value in zip(wired.outputs, found if several else [found], strict=True):
                    outputs[out.elem_id] = value
        return outputs

    call.field = {name: page.blocks[number] for name, number in ids.items()}
    return call


def test_fields_follow_the_model(wires):
    for prefix in ("look", "quiz", "file"):
        assert [name for name, _ in wires.field[f"{prefix}-class"].choices] == [NOT_TOLD, "MI", "NORM"]
        changed = wires(f"{prefix}-model", "change", **{f"{prefix}_model": "tiny"})
        assert changed[f"{prefix}-class"]["value"] == IN_TURN
    for prefix in ("look", "file"):
        assert wires.field[f"{prefix}-rate"].visible
        rate = wires(f"{prefix}-model", "change", **{f"{prefix}_model": "tiny"})[f"{prefix}-rate"]
        assert (rate["visible"], rate["value"]) == (False, "")


@pytest.mark.parametrize(
    ("element", "event"), [("look-draw", "click"), ("look-seed", "submit"), ("look-rate", "submit")]
)
def test_look_draws_what_its_fields_ask_for(wires, element, event):
    shown = wires(element, event, look_rate="50..60", look_class="MI", look_seed=3, look_count=2)
    assert shown["look-problem"] == ""
    assert shown["look-shown"].count("told, seed 3, no. 1, asked for 50 to 60 /min, class MI") == 2
    wrong = wires(element, event, look_rate="fast")
    assert "The heart rate must read" in wrong["look-problem"]


def test_a_download_holds_what_its_fields_ask_for(wires):
    made = wires("file-make", "click", file_rate="60", file_class="MI", file_count=2, file_seed=4)
    assert made["file-problem"] == ""
    assert made["file-made"].endswith("synthetic_told_MI-60-min_seed4_2_wfdb.zip")
