"""A cohort to make: a CSV file with a row for each image, and columns of what it is told."""

from __future__ import annotations

from pathlib import Path

from ecg_synth.data.conditions import CONDITIONS, Scales
from ecg_synth.errors import InputError
from ecg_synth.sampling.conditions import asked_value
from ecg_synth.sources.table import read_table

# As the command line and files say it.
CLASS = "class"


def read_cohort(path: str | Path, scales: Scales) -> dict[str, list[float | str | None]]:
    """Reads what a cohort's images are told, one a row, as `Sampler.sample` takes it for `conditions`.

    Columns are named as conditions are, the class also `class`: `heart_rate` in beats per minute, `age` in years,
    `sex`, `class`. An empty cell is not told. Other columns are left out: nothing else of a row comes near the network.

    Args:
        path: CSV in UTF-8 with a header.
        scales: The conditions that the model is told.

    Raises:
        InputError: There is no such file, it has no rows or no column of a condition of the model, or a cell is none
            of its values, or outside what training saw.
    """
    try:
        columns, rows = read_table(path)
    except FileNotFoundError:
        raise InputError(f"There is no table of a cohort. Received: cohort={str(path)!r}.") from None
    names = {column: "class_name" if column == CLASS else column for column in columns}
    told = {column: name for column, name in names.items() if name in scales}
    if not told:
        valid = ", ".join(CLASS if name == "class_name" else name for name in scales) or "none"
        raise InputError(
            f"A cohort has a column for each condition that is told. Received: {path} with "
            f"{', '.join(columns) or 'no columns'}; of this model: {valid}. Name the columns so, or take a model with "
            f"conditions, for example pretrained:ptbxl-i-told."
        )
    if len(set(told.values())) < len(told):
        raise InputError(f"A condition has one column. Received: {path} with {', '.join(columns)}. Remove one.")
    if not rows:
        raise InputError(f"A cohort has a row for each record to make. Received: {path} with a header alone.")
    cohort: dict[str, list[float | str | None]] = {name: [] for name in told.values()}
    for number, row in enumerate(rows, start=1):
        for column, name in told.items():
            try:
                value = _value(name, row[column].strip())
                asked_value(name, value, scales[name])
            except InputError as error:
                raise InputError(f"{path}, row {number} below the header, column {column}: {error}") from None
            cohort[name].append(value)
    return cohort


def _value(name: str, text: str) -> float | str | None:
    if not text:
        return None
    if CONDITIONS[name].is_choice:
        return text
    try:
        return float(text)
    except ValueError:
        return text
