"""What answers add up to, and that none is lost."""

import csv
import io
import math
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from ecg_synth.app import answers as module
from ecg_synth.app.answers import (
    FIELDS,
    Answer,
    AnswerFile,
    Share,
    accuracy,
    check_observer,
    sensitivity,
    specificity,
    summary_csv,
    to_csv,
)
from ecg_synth.errors import InputError

ONE = Answer("Ada", 1, "synthetic", "real", 1.25, "flow", 0, 'seed 1, no. "0"')
MANY = st.lists(
    st.builds(
        Answer,
        observer=st.sampled_from(["Ada", "Dr. Grace-Ann"]),
        item=st.integers(1, 99),
        truth=st.sampled_from(["measured", "simulated", "synthetic"]),
        answer=st.sampled_from(["real", "synthetic"]),
        seconds=st.integers(0, 10**6).map(lambda value: value / 100),
        model=st.sampled_from(["flow", "rgb, class MI"]),
        seed=st.integers(0, 2**32 - 1),
        record=st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20),
    ),
    max_size=30,
)


class TestShare:
    def test_closed_forms(self):
        # All or nothing right: one end of the interval is that of a power; Clopper and Pearson 1934.
        for n in (1, 5, 20, 300):
            edge = 0.025 ** (1 / n)
            np.testing.assert_allclose(Share(n, n).interval, (edge, 1.0), rtol=1e-9)
            np.testing.assert_allclose(Share(0, n).interval, (0.0, 1 - edge), rtol=1e-9)

    @given(n=st.integers(1, 200), part=st.floats(0, 1))
    def test_is_the_interval_of_the_beta_distribution(self, n, part):
        k = round(part * n)
        low = beta.ppf(0.025, k, n - k + 1) if k else 0.0
        high = beta.ppf(0.975, k + 1, n - k) if k < n else 1.0
        np.testing.assert_allclose(Share(k, n).interval, (low, high), rtol=1e-6, atol=1e-9)
        assert low <= Share(k, n).value <= high

    def test_none_of_none(self):
        assert math.isnan(Share(0, 0).value)
        assert Share(0, 0).interval == (0.0, 1.0)


class TestMeasures:
    @given(MANY)
    def test_every_answer_counts_once(self, answers):
        parts = sensitivity(answers), specificity(answers)
        assert sum(part.of for part in parts) == accuracy(answers).of == len(answers)
        assert sum(part.right for part in parts) == accuracy(answers).right

    @given(MANY)
    def test_one_who_says_synthetic_to_all(self, answers):
        said = [replace(answer, answer="synthetic") for answer in answers]
        assert sensitivity(said).right == sensitivity(said).of
        assert specificity(said).right == 0

    def test_measured_and_simulated_are_both_not_synthetic(self):
        right = [replace(ONE, truth=truth, answer="real") for truth in ("measured", "simulated")]
        assert specificity(right) == Share(2, 2)
        assert sensitivity([ONE]) == Share(0, 1)


class TestFile:
    @given(MANY)
    def test_reads_back_what_it_wrote(self, tmp_path_factory, answers):
        path = tmp_path_factory.mktemp("answers") / "quiz.csv"
        path.write_text(to_csv(answers), encoding="utf-8")
        assert AnswerFile(path).rows() == answers

    def test_is_whole_after_every_answer_of_many_at_once(self, tmp_path):
        path = tmp_path / "new" / "quiz.csv"
        files = [AnswerFile(path), AnswerFile(path)]
        threads = [
            threading.Thread(target=files[k % 2].add, args=(replace(ONE, item=k, observer=f"o{k % 3}"),))
            for k in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(row.item for row in files[0].rows()) == list(range(12))
        assert path.read_text().splitlines()[0] == ",".join(FIELDS)
        assert FIELDS == ("observer", "item", "truth", "answer", "seconds", "model", "seed", "record")
        assert [file.name for file in path.parent.iterdir()] == ["quiz.csv"]

    def test_a_failed_write_leaves_the_old_file(self, tmp_path, monkeypatch):
        file = AnswerFile(tmp_path / "quiz.csv")
        file.add(ONE)

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(module, "write_text", full)
        with pytest.raises(OSError, match="No space"):
            file.add(ONE)
        assert file.rows() == [ONE]

    @pytest.mark.parametrize("content", ["a,b\n1,2\n", ",".join(FIELDS) + "\n1,2\n", to_csv([ONE])[:-30] + "x,y,z\n"])
    def test_another_file_is_refused_and_kept(self, tmp_path, content):
        path = tmp_path / "other.csv"
        path.write_text(content)
        with pytest.raises(InputError, match=r"Answers are added to a file of answers, with the heading observer,item"):
            AnswerFile(path)
        assert path.read_text() == content

    def test_summary(self):
        rows = list(csv.DictReader(io.StringIO(summary_csv([ONE, replace(ONE, answer="synthetic")]))))
        assert [row["measure"] for row in rows] == ["sensitivity", "specificity", "accuracy"]
        assert (rows[0]["right"], rows[0]["of"], rows[0]["share"]) == ("1", "2", "0.5000")
        assert float(rows[0]["low_95"]) == pytest.approx(Share(1, 2).interval[0], abs=1e-4)
        assert rows[1]["share"] == "nan"


@pytest.mark.parametrize("name", ["", "  ", None, "=1+1", "@x", "-a", "a,b", "<b>", "a" * 41, "a\nb"])
def test_bad_observer(name):
    with pytest.raises(InputError, match="An observer's name is 1 to 40 letters"):
        check_observer(name)


def test_observer_without_the_spaces_around():
    assert check_observer(" Dr. Zoë-2 ") == "Dr. Zoë-2"
