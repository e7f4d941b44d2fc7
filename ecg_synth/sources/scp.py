"""SCP-ECG statements to the five diagnostic superclasses of PTB-XL (Wagner et al. 2020, table 5)."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from ecg_synth.errors import InputError, unknown_name
from ecg_synth.sources.table import read_table

# The order of the paper's table, of the label's class numbers and of the feature `superclasses`.
SUPERCLASSES = ("NORM", "MI", "STTC", "CD", "HYP")
# On a tie a finding goes before 'normal'; among findings, the table's order.
_PRECEDENCE = (*SUPERCLASSES[1:], SUPERCLASSES[0])


def read_statements(path: Path) -> dict[str, str]:
    """Reads `scp_statements.csv`.

    Args:
        path: The file as PTB-XL has it: the statement in the first column, then, among others, `diagnostic` and
            `diagnostic_class`.

    Returns:
        The superclass of every statement; `""` for those that are not diagnostic (form and rhythm).

    Raises:
        InputError: A column is missing, or a diagnostic statement has none of the five superclasses.
    """
    found: dict[str, str] = {}
    rows, statement = read_rows(path, ("diagnostic", "diagnostic_class"))
    for row in rows:
        superclass = row["diagnostic_class"] if row["diagnostic"] in ("1", "1.0") else ""
        if superclass and superclass not in SUPERCLASSES:
            raise unknown_name("diagnostic_class", superclass, SUPERCLASSES, where=f"{path}, {row[statement]}")
        found[row[statement]] = superclass
    return found


def parse_codes(text: str | None, statements: Mapping[str, str], where: str) -> dict[str, float]:
    """Reads one `scp_codes` of `ptbxl_database.csv`.

    Args:
        text: For example `"{'NORM': 80.0, 'SR': 0.0}"`: likelihoods in percent, 0 where none was stated.
        statements: From `read_statements`.
        where: File and record, named in errors.

    Returns:
        The summed likelihood of each superclass that has a statement, also one of likelihood 0, in the order of
        `SUPERCLASSES`.

    Raises:
        InputError: The text is missing or not such a dict, or a statement is unknown.
    """
    try:
        codes = ast.literal_eval(text or "")
        likelihoods = {str(code): float(likelihood) for code, likelihood in codes.items()}
    except (ValueError, SyntaxError, TypeError, AttributeError, MemoryError, RecursionError):
        raise InputError(
            f"scp_codes must be a dict of SCP statements and likelihoods, such as {{'NORM': 100.0, 'SR': 0.0}}. "
            f"Received: scp_codes={text!r} in {where}. Mend the row, or leave the record out with --skip-bad."
        ) from None
    sums: dict[str, float] = {}
    for code, likelihood in likelihoods.items():
        if code not in statements:
            raise unknown_name("SCP statement", code, statements, where)
        if superclass := statements[code]:
            sums[superclass] = sums.get(superclass, 0.0) + likelihood
    return {name: sums[name] for name in SUPERCLASSES if name in sums}


def main_superclass(sums: Mapping[str, float]) -> str | None:
    """Returns the superclass with the highest summed likelihood; None when there is none.

    On a tie a finding goes before NORM, and among findings the order is MI, STTC, CD, HYP.
    """
    return max((name for name in _PRECEDENCE if name in sums), key=lambda name: sums[name], default=None)


def read_rows(path: Path, needed: tuple[str, ...]) -> tuple[list[dict[str, str]], str]:
    """Returns the rows of one of PTB-XL's CSV files and the name of its first column.

    Raises:
        InputError: There is no such file, it is not CSV in UTF-8, or it lacks one of the columns `needed`.
    """
    try:
        columns, rows = read_table(path)
    except FileNotFoundError:
        raise InputError(f"PTB-XL needs its table {path.name} beside the records. Received: no file {path}.") from None
    missing = [name for name in needed if name not in columns]
    if missing:
        raise InputError(
            f"{path} must have the columns {', '.join(needed)}. Received: no column {missing[0]!r}. "
            f"Copy the file from PTB-XL again."
        )
    return rows, columns[0]
