"""'Real or synthetic?': one ECG after the other, drawn the same way, and nothing beside it that tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ecg_synth.app.answers import REAL, SYNTHETIC, Answer, AnswerFile, check_observer
from ecg_synth.app.drawing import common_reach, draw_strip, png
from ecg_synth.app.ecg import Ecg
from ecg_synth.app.models import Model
from ecg_synth.app.real import Real
from ecg_synth.errors import InputError, check_choice, check_seed
from ecg_synth.sampling.checks import check_count

ANSWERS = (REAL, SYNTHETIC)
# A question fills the page.
DPI = 300


class Question(NamedTuple):
    """What the observer sees.

    Attributes:
        item: Its number, from 1.
        of: Number of questions.
        picture: PNG.
    """

    item: int
    of: int
    picture: bytes


def choose_items(model: Model, real: Real, count: int, seed: int, class_name: str | None = None) -> list[Ecg]:
    """Returns the ECGs of a quiz in the order in which they are asked.

    Each is synthetic or not by the toss of a coin, so that those that were tell nothing of those that come. A longer
    quiz of the same seed begins with the shorter one. The synthetic ones are of a seed of their own: those that the
    page draws for the same number are others.

    Args:
        model: Makes the synthetic ones.
        real: Gives the others.
        count: Number of questions.
        seed: Of the order and the choice.
        class_name: Class of the synthetic ones, and of the others where they are known by the same.

    Raises:
        InputError: The model or the real ones cannot give them.
    """
    check_count(count), check_seed(seed)
    is_synthetic = np.random.default_rng([seed, 2]).random(count) < 0.5
    own_seed = int(np.random.SeedSequence([seed, 3]).generate_state(1)[0])
    made = iter(model.ecgs(count, own_seed, class_name))
    others = iter(real.draw(model.codec, max(1, int((~is_synthetic).sum())), own_seed, class_name))
    return [next(made if synthetic else others) for synthetic in is_synthetic]


class Quiz:
    """One observer's quiz, which goes on after the last question that the file has an answer to.

    Args:
        observer: A name or pseudonym.
        model: Makes the synthetic ECGs.
        real: Gives the others.
        count: Number of questions.
        seed: Of the order and the choice.
        answers: Where each answer is written.
        class_name: See `choose_items`.
        clock: Seconds, for the time that an answer took.

    Raises:
        InputError: An argument is not what it must be.
    """

    def __init__(
        self,
        observer: str | None,
        model: Model,
        real: Real,
        count: int,
        seed: int,
        answers: AnswerFile,
        class_name: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.observer = check_observer(observer)
        # Of another class other ECGs are asked: another quiz.
        self.model = model.name if class_name is None else f"{model.name}, class {class_name}"
        self.origin = real.origin
        self.seed = seed
        self.count = count
        self._ecgs = choose_items(model, real, count, seed, class_name)
        self._reach = common_reach(self._ecgs)
        self._file = answers
        self._clock = clock
        self._lock = threading.Lock()
        self.given = [row for row in answers.rows() if self._is_own(row)]
        self._item = max((row.item for row in self.given), default=0)
        self._asked_at: float | None = None

    def _is_own(self, row: Answer) -> bool:
        return (row.observer, row.model, row.seed) == (self.observer, self.model, self.seed) and row.item <= self.count

    @property
    def is_waiting(self) -> bool:
        """Whether a question waits for its answer."""
        return self._asked_at is not None

    def ask(self) -> Question | None:
        """Returns the next question, the same again while it has no answer; None after the last."""
        with self._lock:
            if not self.is_waiting:
                if self._item >= self.count:
                    return None
                self._item += 1
                self._asked_at = self._clock()
            words = f"ECG {self._item}"
            picture = png(draw_strip(self._ecgs[self._item - 1], self._reach, words, dpi=DPI))
            return Question(self._item, self.count, picture)

    def answer(self, answer: str) -> Answer | None:
        """Takes an answer and writes it down; None where no question waits, as after a key pressed twice.

        Raises:
            InputError: The answer is neither `"real"` nor `"synthetic"`.
            StorageError: It could not be written; the question still waits.
        """
        check_choice("answer", answer, ANSWERS)
        with self._lock:
            if self._asked_at is None:
                return None
            ecg = self._ecgs[self._item - 1]
            seconds = round(self._clock() - self._asked_at, 2)
            row = Answer(self.observer, self._item, ecg.origin, answer, seconds, self.model, self.seed, ecg.source)
            self._file.add(row)
            self.given.append(row)
            self._asked_at = None
            return row


def check_real(real: Real | None) -> Real:
    """Returns `real`; raises `InputError` where the page was started without."""
    if real is None:
        raise InputError(
            "The quiz needs real ECGs. Received: a page that was started without --real. Start it with "
            "'--real DIR', a folder of WFDB records or a prepared dataset."
        )
    return real
