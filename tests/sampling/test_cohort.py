"""A cohort's table, from cells to what images are told; the command line makes one record a row."""

import re

import pytest

from ecg_synth.errors import InputError
from ecg_synth.sampling.cohort import read_cohort

SCALES = {
    "heart_rate": {"mean": 70.0, "deviation": 10.0, "low": 45.0, "high": 120.0, "share": 1.0},
    "age": {"mean": 60.0, "deviation": 15.0, "low": 20.0, "high": 90.0, "share": 0.9},
    "sex": {"mean": 0.5, "deviation": 0.5, "low": 0.0, "high": 1.0, "share": 1.0},
    "class_name": {"mean": 0.5, "deviation": 0.5, "low": 0.0, "high": 1.0, "share": 1.0, "choices": ["MI", "NORM"]},
}


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "cohort.csv"
        path.write_text(text)
        return path

    return write


def test_a_row_an_image_and_an_empty_cell_is_not_told(table):
    path = table("patient,class,age,heart_rate,sex\nMeier,mi,60, 72.5,Female\nHuber,,, ,\n")
    assert read_cohort(path, SCALES) == {
        "class_name": ["mi", None],
        "age": [60.0, None],
        "heart_rate": [72.5, None],
        "sex": ["Female", None],
    }


def test_columns_that_the_model_is_not_told_are_left_out(table):
    path = table("age,sex\n60,female\n")
    assert read_cohort(path, {"age": SCALES["age"]}) == {"age": [60.0]}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "name,years\nMeier,60\n",
            "with name, years; of this model: heart_rate, age, sex, class. Name the columns so",
        ),
        ("", "with no columns; of this model"),
        ("age\n", "A cohort has a row for each record to make. Received: "),
        ("class,class_name\nMI,MI\n", "A condition has one column. Received: "),
        (
            "age,sex\n60,male\n95,male\n",
            "row 2 below the header, column age: The age must be a number from 20 to 90 years, the range of 98 % of "
            "the training slices. Received: age=95.0. Ask within it",
        ),
        ("age\nold\n", "row 1 below the header, column age: The age must be a number from 20 to 90 years"),
        ("age\nnan\n", "Received: age=nan"),
        ("class\nflu\n", "column class: Unknown class_name. Received: class_name='flu'. Valid: 'MI', 'NORM'"),
        ("age,sex\n60\n", "as many cells as its header. Received: 1 cells for 2 columns"),
    ],
)
def test_a_table_that_breaks_a_rule(table, text, rule):
    path = table(text)
    with pytest.raises(InputError, match=re.escape(rule)) as caught:
        read_cohort(path, SCALES)
    assert str(path) in str(caught.value)


def test_a_model_without_conditions_and_no_table(table, tmp_path):
    with pytest.raises(InputError, match=r"of this model: none\. .*pretrained:ptbxl-i-told"):
        read_cohort(table("age\n60\n"), {})
    with pytest.raises(InputError, match=r"There is no table of a cohort\. Received: cohort='.*none.csv'"):
        read_cohort(tmp_path / "none.csv", SCALES)
