"""The quiz: a coin for each question, nothing that tells before the answer, and going on where it stopped."""

from dataclasses import replace

import numpy as np
import pytest

from ecg_synth.app import view
from ecg_synth.app.answers import AnswerFile
from ecg_synth.app.quiz import Quiz, check_real, choose_items
from ecg_synth.errors import InputError


def sources(ecgs):
    return [ecg.source for ecg in ecgs]


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        self.now += 2.5
        return self.now


@pytest.fixture
def begin(model, real, tmp_path):
    def begin(observer="Ada", count=4, seed=0, **more):
        return Quiz(observer, model, real, count, seed, AnswerFile(tmp_path / "quiz.csv"), clock=Clock(), **more)

    return begin


class TestItems:
    def test_a_longer_quiz_begins_with_the_shorter(self, model, real):
        long = choose_items(model, real, 20, 5)
        assert sources(choose_items(model, real, 7, 5)) == sources(long)[:7]
        assert sources(choose_items(model, real, 7, 6)) != sources(long)[:7]
        assert {ecg.origin for ecg in long} == {"simulated", "synthetic"}

    def test_the_coin_is_fair(self, model, real):
        kinds = [ecg.origin == "synthetic" for ecg in choose_items(model, real, 400, 1)]
        assert 150 < sum(kinds) < 250
        # What came before tells nothing of what comes.
        changes = np.diff(kinds).astype(bool).sum()
        assert 150 < changes < 250

    def test_both_kinds_have_one_form(self, model, real):
        shapes = {
            (ecg.signal_mv.shape, ecg.signal_mv.dtype, ecg.fs, ecg.leads) for ecg in choose_items(model, real, 20, 0)
        }
        assert len(shapes) == 1
        for ecg in choose_items(model, real, 20, 0):
            np.testing.assert_allclose(np.median(ecg.signal_mv, axis=0), 0, atol=1e-6)

    def test_synthetic_ones_are_not_those_of_the_same_seed_on_the_page(self, model, real):
        shown = {ecg.signal_mv.tobytes() for ecg in model.ecgs(64, 3)}
        asked = {ecg.signal_mv.tobytes() for ecg in choose_items(model, real, 40, 3) if ecg.origin == "synthetic"}
        assert not shown & asked

    def test_class(self, model, real):
        made = [ecg for ecg in choose_items(model, real, 12, 0, "NORM") if ecg.origin == "synthetic"]
        assert {ecg.class_name for ecg in made} == {"NORM"}


class TestQuiz:
    def test_a_question_depends_on_the_trace_alone(self, begin):
        quiz = begin()
        ecg = quiz._ecgs[0]
        html = view.question(quiz.ask())
        for change in ({"origin": "measured"}, {"source": "x"}, {"class_name": "MI"}, {"image": ecg.image * 0}):
            quiz._ecgs[0] = replace(ecg, **change)
            assert view.question(quiz.ask()) == html
        for word in ("synthetic", "simulated", "measured", "seed", "record", "tiny"):
            assert word not in html.split("base64,")[0].lower()

    def test_every_answer_is_written_at_once(self, begin, tmp_path):
        quiz = begin()
        assert quiz.ask().item == quiz.ask().item == 1
        row = quiz.answer("real")
        assert (row.observer, row.item, row.model, row.seed, row.seconds) == ("Ada", 1, "tiny", 0, 2.5)
        assert row.truth == quiz._ecgs[0].origin
        assert row.record == quiz._ecgs[0].source
        assert AnswerFile(tmp_path / "quiz.csv").rows() == quiz.given == [row]

    def test_a_key_pressed_twice_counts_once(self, begin):
        quiz = begin()
        quiz.ask()
        assert quiz.answer("real") is not None
        assert quiz.answer("synthetic") is None
        assert len(quiz.given) == 1

    def test_ends(self, begin):
        quiz = begin(count=2)
        for _ in range(2):
            quiz.ask()
            quiz.answer("real")
        assert quiz.ask() is None
        assert "last question" in view.question(None)

    def test_goes_on_after_the_server_died(self, begin):
        first = begin()
        pictures = []
        for _ in range(2):
            pictures.append(first.ask().picture)
            first.answer("synthetic")
        again = begin()
        assert again.given == first.given
        assert again.ask().item == 3
        for other in (begin("Grace"), begin(seed=1), begin(class_name="NORM")):
            assert other.ask().item == 1
            assert not other.given
        assert begin("Grace").ask().picture == pictures[0]

    def test_bad_input(self, begin):
        quiz = begin()
        quiz.ask()
        with pytest.raises(InputError, match="Unknown answer"):
            quiz.answer("maybe")
        assert quiz.is_waiting
        with pytest.raises(InputError, match="seed must be an integer"):
            begin(seed=-1)
        with pytest.raises(InputError, match="count must be an integer"):
            begin(count=0)
        with pytest.raises(InputError, match="The quiz needs real ECGs. Received: a page that was started without"):
            check_real(None)
