"""The optional CSV table that says whose each record is, and what ails the patient."""

from __future__ import annotations

import csv
from pathlib import Path

from ecg_synth.errors import InputError
from ecg_synth.signals.diagnoses import diagnosis_of
from ecg_synth.sources.source import UNKNOWN


class PatientTable:
    """Patients and diagnoses by record.

    Args:
        path: A CSV file with the columns record, patient and, if known, diagnosis.

    Raises:
        InputError: There is no such file, it lacks a column, or names no patient for a record.
    """

    def __init__(self, path: str):
        self.path = path
        try:
            columns, rows = read_table(path)
        except FileNotFoundError:
            raise InputError(f"There is no table of records. Received: table={path!r}.") from None
        if not {"record", "patient"} <= set(columns):
            raise InputError(
                f"{path} must have the columns record and patient, and may have diagnosis. "
                f"Received: {', '.join(columns) or 'no columns'}."
            )
        self.rows = {row["record"]: (row["patient"], row.get("diagnosis", "")) for row in rows}
        for record, (patient, _) in self.rows.items():
            if not patient:
                raise InputError(f"{path} names no patient for the record {record!r}. Every record needs one.")

    def row_of(self, record_name: str) -> tuple[str, str]:
        """Returns (patient, diagnosis) of a record, by its whole name or the last part of it.

        Raises:
            InputError: The table has no row for it, or its diagnosis is not one of PTB's.
        """
        row = self.rows.get(record_name) or self.rows.get(Path(record_name).name)
        if row is None:
            raise InputError(
                f"{self.path} has no row for the record {record_name!r}. "
                f"Add the row, or remove the record from the folder."
            )
        patient, diagnosis = row
        return patient, diagnosis_of(diagnosis) if diagnosis else UNKNOWN


def read_table(path: str | Path) -> tuple[list[str], list[dict[str, str]]]:
    """Reads a CSV file with a header: its columns, and a dict a row in which no cell is missing.

    Raises:
        FileNotFoundError: There is no such file.
        InputError: It is not CSV in UTF-8, or a row has not as many cells as the header.
    """
    try:
        # utf-8-sig: spreadsheets begin their UTF-8 with a byte order mark.
        with open(path, newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream)
            columns = next(reader, [])
            rows = []
            for cells in filter(None, reader):
                if len(cells) != len(columns):
                    raise InputError(
                        f"Every row of a table must have as many cells as its header. Received: {len(cells)} cells "
                        f"for {len(columns)} columns in {path}, line {reader.line_num}."
                    )
                rows.append(dict(zip(columns, cells, strict=True)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"A table must be CSV in UTF-8. Received: {path}: {error}. Write it anew.") from None
    return columns, rows
