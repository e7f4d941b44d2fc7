import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_synth.codec import TableImageCodec
from ecg_synth.codec.numbers import decimals_of, number_text


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1), st.integers(0, 6))
def test_text_is_read_back_exactly(numbers, places):
    values = np.array([number / 10**places for number in numbers])
    found = decimals_of(values)
    assert found <= places
    assert [float(number_text(value, found)) for value in values.tolist()] == values.tolist()


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.73, 2, "0.73"),
        (0.7312, 2, "0.73"),
        (100.0, 0, "100"),
        (-0.001, 2, "0"),
        (1 / 3, None, "0.3333333"),
        (0.5, 3, "0.5"),
    ],
)
def test_number_text(value, decimals, text):
    assert number_text(value, decimals) == text


def test_numbers_without_an_end():
    assert decimals_of(np.array([1 / 3])) is None


def test_rows_are_written_as_the_table_has_them():
    codec = TableImageCodec([("age", "continuous"), ("sick", "binary")], side=2).fit([[0.25, 0], [0.5, 1]])
    assert codec.decimals == {"age": 2}
    assert codec.to_text(codec.decode(codec.encode([[0.25, 0], [0.5, 1]]).images)) == [["0.25", "0"], ["0.5", "1"]]
    assert TableImageCodec.from_config(codec.get_config()).decimals == {"age": 2}
