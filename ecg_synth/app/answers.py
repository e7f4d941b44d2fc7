"""The quiz's answers: a CSV file that grows answer by answer, and what an observer's answers add up to."""

from __future__ import annotations

import base64
import contextlib
import csv
import io
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from ecg_synth.errors import InputError
from ecg_synth.files import check_writable, make_parent, storage_errors, write_text

try:
    import fcntl
except ImportError:  # Windows has no such locks; two servers must not write one file there.
    fcntl = None  # type: ignore[assignment]

REAL, SYNTHETIC = "real", "synthetic"
LEVEL = 0.95
_NAME = re.compile(r"\w[\w .\-]{0,39}")


@dataclass(frozen=True)
class Answer:
    """One row of the file.

    Attributes:
        observer: Who answered.
        item: Number of the question, from 1.
        truth: What was shown: `"measured"`, `"simulated"` or `"synthetic"`.
        answer: `"real"` or `"synthetic"`.
        seconds: From the question to the answer.
        model: Whose synthetic ECGs were shown.
        seed: Of the quiz.
        record: Which ECG it was.
    """

    observer: str
    item: int
    truth: str
    answer: str
    seconds: float
    model: str
    seed: int
    record: str

    @property
    def is_right(self) -> bool:
        """Whether the observer was right."""
        return (self.truth == SYNTHETIC) == (self.answer == SYNTHETIC)


FIELDS = tuple(field.name for field in fields(Answer))


@dataclass(frozen=True)
class Share:
    """How many of how many, with the exact interval of Clopper and Pearson (Biometrika 26, 1934).

    Attributes:
        right: How many.
        of: Of how many.
    """

    right: int
    of: int

    @property
    def value(self) -> float:
        """The share; NaN of none."""
        return self.right / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval; 0 to 1 of none."""
        if not self.of:
            return 0.0, 1.0
        from scipy.stats import binomtest

        found = binomtest(self.right, self.of).proportion_ci(LEVEL, method="exact")
        return float(found.low), float(found.high)


def sensitivity(answers: Iterable[Answer]) -> Share:
    """Returns the share of synthetic ECGs that were called synthetic."""
    return _share([answer for answer in answers if answer.truth == SYNTHETIC])


def specificity(answers: Iterable[Answer]) -> Share:
    """Returns the share of the others, measured or simulated, that were called real."""
    return _share([answer for answer in answers if answer.truth != SYNTHETIC])


def accuracy(answers: Iterable[Answer]) -> Share:
    """Returns the share that was called rightly."""
    return _share(list(answers))


def _share(answers: Sequence[Answer]) -> Share:
    return Share(sum(answer.is_right for answer in answers), len(answers))


MEASURES = {"sensitivity": sensitivity, "specificity": specificity, "accuracy": accuracy}


def check_observer(name: str | None) -> str:
    """Returns an observer's name without spaces around it; raises `InputError` when a table could misread it."""
    text = (name or "").strip()
    if not _NAME.fullmatch(text):
        raise InputError(
            f"An observer's name is 1 to 40 letters, digits, spaces, dots and hyphens, a letter or digit first. "
            f"Received: observer={text!r}. A pseudonym will do."
        )
    return text


def to_csv(answers: Iterable[Answer]) -> str:
    """Returns answers as CSV with a heading."""
    return _written([FIELDS, *(astuple(answer) for answer in answers)])


def summary_csv(answers: Sequence[Answer]) -> str:
    """Returns each observer's sensitivity, specificity and accuracy on each model, with intervals, as CSV."""
    rows: list[Sequence[object]] = [("observer", "model", "measure", "right", "of", "share", "low_95", "high_95")]
    for observer, model in dict.fromkeys((answer.observer, answer.model) for answer in answers):
        own = [answer for answer in answers if (answer.observer, answer.model) == (observer, model)]
        for name, measure in MEASURES.items():
            share = measure(own)
            numbers = (f"{value:.4f}" for value in (share.value, *share.interval))
            rows.append((observer, model, name, share.right, share.of, *numbers))
    return _written(rows)


def data_link(text: str, name: str, words: str) -> str:
    """Returns an HTML link that saves `text` as the file `name`; it needs no file on the server."""
    encoded = base64.b64encode(text.encode("utf-8")).decode("ascii")
    return f'<a class="save" download="{name}" href="data:text/csv;charset=utf-8;base64,{encoded}">{words}</a>'


def _written(rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


class AnswerFile:
    """A CSV file that is whole after every answer, whoever dies when.

    Args:
        path: The file; rows that stand in it stay.

    Raises:
        InputError: A file of another form stands there.
        StorageError: The folder cannot be written to.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._lock = threading.Lock()
        check_writable(self.path)
        self.rows()

    def rows(self) -> list[Answer]:
        """Returns all answers in the file; none where there is no file."""
        if not self.path.exists():
            return []
        try:
            with open(self.path, newline="", encoding="utf-8") as stream:
                heading, *rows = list(csv.reader(stream)) or [[]]
            if tuple(heading) != FIELDS:
                raise ValueError(f"its heading is {','.join(heading)[:60]!r}")
            return [_answer(row) for row in rows]
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                f"Answers are added to a file of answers, with the heading {','.join(FIELDS)}. "
                f"Received: {str(self.path)!r} ({error}). Choose another file."
            ) from None

    def add(self, answer: Answer) -> None:
        """Writes one more row: the whole file beside its place, then renamed."""
        with self._lock, self._alone():
            write_text(self.path, to_csv([*self.rows(), answer]))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps a second server off the same file; the folder is locked, because the file is replaced."""
        if fcntl is None:
            yield
            return
        with storage_errors(self.path):
            make_parent(self.path)
            handle = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _answer(row: Sequence[str]) -> Answer:
    observer, item, truth, answer, seconds, model, seed, record = row
    return Answer(observer, int(item), truth, answer, float(seconds), model, int(seed), record)
