"""Parts of the report that are more than a number: tables, figures and words on one subject."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecg_synth.metrics.case import Judgement
from ecg_synth.registry import Registry


@dataclass(frozen=True)
class Table:
    """A table of the report.

    Attributes:
        title: What it shows.
        heads: Names of the columns, with units.
        rows: Cells: text, numbers, or None for what does not apply.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Section:
    """One subject of the report.

    Attributes:
        title: Its heading.
        text: Paragraphs of plain text: what was done, and how to read it.
        tables: Tables.
        figures: Matplotlib figures by caption; synthetic and simulated data are labelled in them.
        values: The same for `metrics.json`: numbers, text, lists and dictionaries of them.
    """

    title: str
    text: Sequence[str] = ()
    tables: Sequence[Table] = ()
    figures: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


# A judgement -> a section, or None where the data do not have what it is about, classes for one.
SECTIONS: Registry[Callable[[Judgement], Section | None]] = Registry("section")
