"""From what stands in the page's fields to what it shows; every wrong field is an `InputError`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ecg_synth.app import cards
from ecg_synth.app.answers import MEASURES, Answer, AnswerFile, data_link, summary_csv, to_csv
from ecg_synth.app.downloads import make_zip
from ecg_synth.app.models import Model, chosen
from ecg_synth.app.quiz import Question, Quiz, check_real
from ecg_synth.app.real import Real
from ecg_synth.config import AppConfig
from ecg_synth.errors import InputError
from ecg_synth.sampling.conditions import parse_condition

IN_TURN, NO_CLASSES, NOT_TOLD = "in turn", "this model has none", "not told"
"""Stand for no class."""


@dataclass(frozen=True, eq=False)
class House:
    """What a page was started with.

    Attributes:
        models: By name.
        real: Where real ECGs come from; None where there are none.
        config: Limits.
    """

    models: dict[str, Model]
    real: Real | None
    config: AppConfig


def whole(name: str, value: Any) -> int:
    """Returns a field's number, of text too; raises `InputError` unless it is a whole one."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value != round(value):
        raise InputError(f"The field {name!r} takes a whole number. Received: {name}={value!r}.")
    return int(value)


def class_of(value: str | None) -> str | None:
    """Returns the class that a field asks for; None where they take turns or none is told."""
    return None if value in (None, "", IN_TURN, NO_CLASSES, NOT_TOLD) else value


def rate_of(value: str | None) -> Any:
    """Returns the heart rate that a field asks for, or the range to draw from; None where it is empty."""
    return parse_condition("heart_rate", value.strip()) if value and value.strip() else None


def drawn(
    house: House,
    model: str | None,
    class_name: str | None,
    seed: Any,
    count: Any,
    leads: Sequence[str],
    truncation: float,
    beside_real: bool,
    with_images: bool,
    heart_rate: str | None = None,
) -> str:
    """Returns new synthetic ECGs, beside as many real ones where they are wanted, as HTML."""
    maker = chosen(house.models, model)
    number, seed = _shown(house, count), whole("seed", seed)
    _check_some(leads)
    found = [maker.ecgs(number, seed, class_of(class_name), float(truncation), rate_of(heart_rate))]
    if beside_real and house.real is not None:
        found.append(house.real.draw(maker.codec, number, seed, class_of(class_name)))
    return cards.show(found, leads, with_images)


def way(
    house: House,
    model: str | None,
    classes: tuple[str | None, str | None],
    ends: tuple[Any, Any],
    seeds: tuple[Any, Any],
    count: Any,
    leads: Sequence[str],
    with_images: bool,
    heart_rate: str | None = None,
) -> str:
    """Returns the way from one synthetic ECG to another as HTML; an empty second seed is the first."""
    maker = chosen(house.models, model)
    if rate_of(heart_rate) is not None:
        raise InputError(f"On the way between two no heart rate is told. Received: {heart_rate!r}. Empty the field.")
    _check_some(leads)
    start, end = whole("from number", ends[0]), whole("to number", ends[1])
    same = seeds[1] is None or not str(seeds[1]).strip()
    seed, end_seed = whole("seed", seeds[0]), None if same else whole("to seed", seeds[1])
    found = maker.between(_shown(house, count), seed, start, end, class_of(classes[0]), class_of(classes[1]), end_seed)
    return cards.show([found], leads, with_images)


def _shown(house: House, count: Any) -> int:
    number = whole("count", count)
    if not 1 <= number <= house.config.max_shown:
        raise InputError(
            f"The page draws 1 to {house.config.max_shown} ECGs at a time. Received: count={number}. "
            f"A download holds more."
        )
    return number


def _check_some(leads: Sequence[str]) -> None:
    if not leads:
        raise InputError("A drawing needs a lead. Received: none. Tick one or more.")


def zipped(
    house: House,
    model: str | None,
    class_name: str | None,
    seed: Any,
    count: Any,
    truncation: float,
    file_format: str,
    folder: str | Path,
    heart_rate: str | None = None,
) -> Path:
    """Returns a zip file of synthetic ECGs, made in `folder`."""
    return make_zip(
        chosen(house.models, model),
        folder,
        whole("count", count),
        whole("seed", seed),
        file_format,
        class_of(class_name),
        float(truncation),
        house.config.max_count,
        rate_of(heart_rate),
    )


def quiz(
    house: House,
    observer: str | None,
    model: str | None,
    class_name: str | None,
    count: Any,
    seed: Any,
    answers: AnswerFile,
) -> Quiz:
    """Returns an observer's quiz, new or to go on with."""
    number = whole("questions", count)
    if not 1 <= number <= house.config.max_count:
        raise InputError(f"A quiz has 1 to {house.config.max_count} questions. Received: questions={number}.")
    maker, real = chosen(house.models, model), check_real(house.real)
    return Quiz(observer, maker, real, number, whole("seed", seed), answers, class_of(class_name))


def running(begun: Quiz | None) -> Quiz:
    """Returns a session's quiz; raises `InputError` where the server knows of none."""
    if begun is None:
        raise InputError(
            "The quiz has not begun, or the server was started anew. Received: no quiz. Press Start: with the same "
            "observer, model, class and seed it goes on after the last answer."
        )
    return begun


def question(asked: Question | None) -> str:
    """Returns a question as HTML: the ECG and its number, and nothing else."""
    if asked is None:
        return '<p class="note">That was the last question. Thank you. Another seed asks others.</p>'
    alt = f"ECG {asked.item} of {asked.of}, lead names and a calibration pulse beside it"
    return f'<figure class="asked">{cards.picture_of(asked.picture, alt, "strip")}</figure>'


def verdict(given: Answer) -> str:
    """Returns what the last ECG was, as HTML."""
    mark = "Right" if given.is_right else "Wrong"
    said = f"{mark}: it was {given.truth}."
    tag = f'<span class="tag {given.truth}">{cards.TAGS[given.truth]}</span>'
    return (
        f'<p class="verdict {mark.lower()}" role="status">{tag} <strong>{said}</strong> '
        f"<span>{escape(given.record)}; {given.seconds:.1f} s</span></p>"
    )


def score(taken: Quiz) -> str:
    """Returns the running score and the links that save it, as HTML."""
    if not taken.given:
        return f'<p class="note">{escape(taken.observer)}: no answer yet, {taken.count} questions.</p>'
    lines = []
    for name, measure in MEASURES.items():
        share = measure(taken.given)
        low, high = share.interval
        value = f"{share.value:.0%}" if share.of else "-"
        cells = (f"{share.right} of {share.of}", value, f"{low:.0%} to {high:.0%}")
        lines.append(f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>')
    head = "".join(f'<th scope="col">{cell}</th>' for cell in (f"after {len(taken.given)}", "right", "share", "95 %"))
    caption = f"Score of {escape(taken.observer)} on {escape(taken.model)}"
    own = f"quiz_{'_'.join(taken.observer.split())}"
    links = data_link(to_csv(taken.given), f"{own}.csv", "Answers (CSV)")
    links += data_link(summary_csv(taken.given), f"{own}_summary.csv", "Summary (CSV)")
    other = "measured" if taken.origin == "measured" else f"{taken.origin} (none was measured)"
    note = (
        f"Sensitivity: synthetic ECGs called synthetic. Specificity: {other} ones called real. "
        f"95 %: exact interval (Clopper-Pearson)."
    )
    return (
        f'<table class="score"><caption>{caption}</caption><tr>{head}</tr>{"".join(lines)}</table>'
        f'<p class="note">{note}</p><p>{links}</p>'
    )
