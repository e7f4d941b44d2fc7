"""What fields become: HTML that says what each ECG is, and errors for what they cannot be."""

import re
from dataclasses import replace

import numpy as np
import pytest

from ecg_synth.app import cards, readings, view
from ecg_synth.app.answers import Answer, AnswerFile
from ecg_synth.app.view import IN_TURN, NO_CLASSES, NOT_TOLD, House
from ecg_synth.errors import InputError

FIELDS = {
    "model": "tiny",
    "class_name": IN_TURN,
    "seed": 0,
    "count": 2,
    "leads": ["i", "ii"],
    "truncation": 1,
    "beside_real": True,
    "with_images": True,
}


class TestDrawn:
    def test_every_ecg_says_what_it_is(self, house):
        html = view.drawn(house, **FIELDS)
        assert html.count("<figure") == 4
        assert html.count('<span class="tag">SYNTHETIC</span>') == html.count('<span class="tag">SIMULATED</span>') == 2
        assert html.count('class="seen"') == 4
        assert "25 mm/s, 10 mm/mV" in html
        assert re.findall(r'<th scope="col">(.*?)</th>', html) == ["median (range)", "synthetic, 2", "simulated, 2"]
        assert "Readings of lead II" in html

    def test_names_are_escaped(self, house):
        html = view.drawn(house, **{**FIELDS, "class_name": "MI & <more>"})
        assert "MI &amp; &lt;more&gt;" in html
        assert "<more>" not in html

    def test_without_real_ones_and_images(self, house):
        html = view.drawn(house, **{**FIELDS, "beside_real": False, "with_images": False})
        assert html.count("<figure") == 2
        assert 'class="seen"' not in html
        assert view.drawn(House(house.models, None, house.config), **{**FIELDS, "with_images": False}) == html

    def test_nothing_is_fetched(self, house):
        addresses = re.findall(r'(?:src|href)="([^"]{0,22})', view.drawn(house, **FIELDS))
        assert set(addresses) == {"data:image/png;base64,"}

    def test_a_count_begins_with_a_smaller_one(self, house):
        one, three = (house.models["tiny"].ecgs(count, 5) for count in (1, 3))
        np.testing.assert_array_equal(one[0].signal_mv, three[0].signal_mv)
        assert [ecg.class_name for ecg in three] == ["NORM", "MI & <more>", "NORM"]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"model": "x"}, "Unknown model. Received: model='x'."),
            ({"class_name": "CD"}, "Unknown class"),
            ({"seed": None}, "The field 'seed' takes a whole number. Received: seed=None."),
            ({"seed": 1.5}, "The field 'seed' takes a whole number. Received: seed=1.5."),
            ({"seed": float("nan")}, "takes a whole number"),
            ({"seed": -1}, "A seed must be an integer from 0"),
            ({"seed": 1e30}, "A seed must be an integer from 0"),
            ({"count": 0}, "The page draws 1 to 3 ECGs at a time. Received: count=0. A download holds more."),
            ({"count": 4}, "The page draws 1 to 3 ECGs at a time"),
            ({"leads": []}, "A drawing needs a lead. Received: none. Tick one or more."),
            ({"leads": ["v9"]}, "v9"),
            ({"truncation": 3}, "truncation"),
        ],
    )
    def test_bad_fields(self, house, change, words):
        with pytest.raises(InputError, match=re.escape(words)):
            view.drawn(house, **{**FIELDS, **change})


class TestTold:
    """A model that is told conditions: class and heart rate, any of them or none."""

    @pytest.fixture
    def told(self, told_model, real, house):
        return House({"told": told_model}, real, house.config)

    def test_what_is_asked_for_is_made_and_said(self, told, told_model):
        fields = {**FIELDS, "model": "told", "class_name": NOT_TOLD, "leads": ["ii"], "beside_real": False}
        plain = view.drawn(told, **fields)
        assert ", class" not in plain
        assert "asked for" not in plain
        asked = view.drawn(told, **{**fields, "class_name": "MI", "heart_rate": " 50..60 "})
        assert asked.count("seed 0, no. 1, asked for 50 to 60 /min, class MI") == 2
        assert "asked for 60 /min" in view.drawn(told, **{**fields, "heart_rate": "60"})
        expected = told_model.sampler.sample(2, 0, conditions={"class_name": "MI", "heart_rate": (50, 60)})
        found = told_model.ecgs(2, 0, "MI", heart_rate=(50.0, 60.0))
        np.testing.assert_array_equal([ecg.image for ecg in found], expected.images)
        assert (found[0].image != told_model.ecgs(1, 0)[0].image).any()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"heart_rate": "fast"}, "The heart rate must read '60' or, to draw from a range, '50..90'."),
            ({"heart_rate": "200"}, "The heart rate must be a number from 45 to 120 /min"),
            ({"class_name": "CD"}, "Unknown class_name. Received: class_name='CD'. Valid: 'MI', 'NORM'."),
        ],
    )
    def test_bad_fields(self, told, change, words):
        with pytest.raises(InputError, match=re.escape(words)):
            view.drawn(told, **{**FIELDS, "model": "told", "leads": ["ii"], **change})

    def test_other_models_are_told_no_heart_rate(self, house):
        with pytest.raises(InputError, match="Only a model with conditions is told the heart rate. Received"):
            view.drawn(house, **FIELDS, heart_rate="60")

    def test_the_way_is_told_nothing(self, told):
        ask = {"ends": (0, 1), "seeds": (0, None), "count": 3, "leads": ["ii"], "with_images": False}
        assert view.way(told, "told", (NOT_TOLD, NOT_TOLD), **ask).count("<figure") == 3
        with pytest.raises(InputError, match="is told none. Received: class='MI' to None. Leave the class out."):
            view.way(told, "told", ("MI", NOT_TOLD), **ask)
        with pytest.raises(InputError, match="no heart rate is told. Received: '60'. Empty the field."):
            view.way(told, "told", (NOT_TOLD, NOT_TOLD), **ask, heart_rate="60")


class TestWay:
    def test_from_one_class_to_another(self, house):
        html = view.way(house, "tiny", ("NORM", "MI & <more>"), (0, 0), (0, None), 3, ["i"], False)
        assert re.findall(r"no\. 0 to 0: (\d+%)", html)[::2] == ["0%", "50%", "100%"]
        assert html.count("class NORM") == 2
        ecgs = house.models["tiny"].between(3, 0, 0, 1)
        np.testing.assert_allclose(ecgs[0].signal_mv, house.models["tiny"].ecgs(1, 0)[0].signal_mv)

    def test_from_one_seed_to_another(self, house):
        html = view.way(house, "tiny", ("NORM", "NORM"), (1, 2), (5, 6), 3, ["i"], False)
        assert re.findall(r"seed 5, no\. 1 to seed 6, no\. 2: (\d+%)", html)[::2] == ["0%", "50%", "100%"]
        ecgs = house.models["tiny"].between(3, 5, 1, 2, "NORM", end_seed=6)
        last = house.models["tiny"].ecgs(3, 6, "NORM")[2]
        np.testing.assert_array_equal(ecgs[-1].signal_mv, last.signal_mv)

    def test_the_second_seed_is_text_and_the_first_where_it_is_empty(self, house):
        def shown(seed):
            return view.way(house, "tiny", ("NORM", "NORM"), (1, 2), (5, seed), 3, ["i"], False)

        assert shown("") == shown(" ") == shown(None) == shown("5") == shown(5)
        assert shown(" 6 ") == shown(6) != shown(5)
        assert shown("0") == shown(0) != shown("")

    def test_bad_fields(self, house):
        for ends, words in (((None, 1), "'from number' takes a whole number"), ((0, -1), "image's number must be")):
            with pytest.raises(InputError, match=words):
                view.way(house, "tiny", (None, None), ends, (0, None), 3, ["i"], False)
        with pytest.raises(InputError, match="'to seed' takes a whole number. Received: to seed=0.5"):
            view.way(house, "tiny", (None, None), (0, 1), (0, 0.5), 3, ["i"], False)
        with pytest.raises(InputError, match="'to seed' takes a whole number. Received: to seed='x'"):
            view.way(house, "tiny", (None, None), (0, 1), (0, "x"), 3, ["i"], False)
        with pytest.raises(InputError, match="An interpolation has a beginning and an end"):
            view.way(house, "tiny", (None, None), (0, 1), (0, None), 1, ["i"], False)


class TestQuizFields:
    def test_score_and_verdict(self, house, tmp_path):
        quiz = view.quiz(house, " Ada ", "tiny", NO_CLASSES, 3, 0, AnswerFile(tmp_path / "a.csv"))
        assert "Ada: no answer yet, 3 questions." in view.score(quiz)
        quiz.ask()
        row = quiz.answer("real")
        told = view.verdict(row)
        assert ("Right" in told) == row.is_right
        assert f"it was {row.truth}" in told
        html = view.score(quiz)
        assert "simulated (none was measured) ones called real" in html
        assert re.findall(r'download="([^"]*)"', html) == ["quiz_Ada.csv", "quiz_Ada_summary.csv"]

    def test_a_server_that_was_started_anew(self):
        with pytest.raises(InputError, match="The quiz has not begun, or the server was started anew. .* Press Start"):
            view.running(None)

    def test_what_it_says_is_escaped(self):
        row = Answer("Ada", 1, "measured", "real", 1.0, "m", 0, "record <b>")
        assert "record &lt;b&gt;" in view.verdict(row)
        assert cards.problem("<script>") == '<p class="problem" role="alert">&lt;script&gt;</p>'

    def test_bad_fields(self, house, tmp_path):
        file = AnswerFile(tmp_path / "a.csv")
        for fields, words in (
            (("", "tiny", None, 3, 0), "An observer's name"),
            (("Ada", "tiny", None, 71, 0), "A quiz has 1 to 70 questions. Received: questions=71."),
            (("Ada", "tiny", None, None, 0), "'questions' takes a whole number"),
            (("Ada", None, None, 3, 0), "Unknown model"),
        ):
            with pytest.raises(InputError, match=words):
                view.quiz(house, *fields, file)


class TestReadings:
    def test_a_dash_where_there_is_nothing(self, house):
        ecg = house.models["tiny"].ecgs(1, 0)[0]
        flat = replace(ecg, signal_mv=np.zeros_like(ecg.signal_mv))
        row = readings.read([flat])[0]
        assert np.isnan(row).all()
        assert readings.in_words(row).replace("\u00a0", " ") == "HR -, PR -, QRS -, QT -, QTc -, R -, ST -"
        assert readings.summary({"a": row[None]})[1][0] == ["heart rate, /min", "-"]

    def test_median_and_range(self):
        values = np.full((3, len(readings.READ)), np.nan)
        values[:, 0], values[:2, 5] = (50, 60, 90), (-0.001, -0.25)
        heading, rows = readings.summary({"a": values})
        assert heading == ["median (range)", "a"]
        assert rows[0] == ["heart rate, /min", "60 (50 to 90)"]
        assert rows[5] == ["R amplitude, mV", "-0.13 (-0.25 to 0.00)"]
