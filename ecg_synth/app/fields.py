"""Fields that several parts of the page have: which model, what is asked of it, its leads."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ecg_synth.app.models import chosen
from ecg_synth.app.view import IN_TURN, NO_CLASSES, NOT_TOLD, House
from ecg_synth.paper.geometry import printed_name


def model_fields(house: House, prefix: str) -> tuple[gr.Dropdown, gr.Dropdown, gr.Number]:
    """Model, class and seed; the classes follow the model."""
    names = list(house.models)
    model = gr.Dropdown(names, value=names[0], label="Model", elem_id=f"{prefix}-model", filterable=False)
    of_class = gr.Dropdown(**class_choices(house, names[0]), label="Class", elem_id=f"{prefix}-class", filterable=False)
    seed = gr.Number(0, label="Seed: the same number, the same ECGs", elem_id=f"{prefix}-seed")
    model.change(
        lambda name: gr.update(**class_choices(house, name)), model, of_class, show_progress="hidden", **private()
    )
    return model, of_class, seed


def private() -> dict[str, Any]:
    """Returns what keeps an event out of the page's API."""
    return {"api_visibility": "private"}


def class_choices(house: House, name: str) -> dict[str, Any]:
    """Returns what the field of classes offers for a model."""
    model = chosen(house.models, name)
    none = NO_CLASSES if not model.classes else IN_TURN if model.takes_turns else NOT_TOLD
    return {"choices": [none, *model.classes], "value": none}


def rate_field(house: House, prefix: str, model: gr.Dropdown) -> gr.Textbox:
    """Of models that are told a heart rate; emptied where another is chosen."""

    def shown(name: str) -> dict[str, Any]:
        return {"visible": chosen(house.models, name).is_told_heart_rate, "value": ""}

    words = "Heart rate, /min: 60, or 50..90 to draw from; empty: not told"
    rate = gr.Textbox(label=words, max_lines=1, elem_id=f"{prefix}-rate", **shown(next(iter(house.models))))
    model.change(lambda name: gr.update(**shown(name)), model, rate, show_progress="hidden", **private())
    return rate


def lead_choices(house: House, name: str) -> dict[str, Any]:
    """Returns what the field of leads offers for a model: all of its own, ticked."""
    leads = chosen(house.models, name).leads
    return {"choices": [(printed_name(lead), lead) for lead in leads], "value": list(leads)}
