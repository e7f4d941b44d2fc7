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
            # utf-8-sig: spreadsheets begin their UTF-8 with a byte order mark.
            with open(path, newline="", encoding="utf-8-sig") as stream:
                reader = csv.DictReader(stream)
                columns = reader.fieldnames or []
                if not {"record", "patient"} <= set(columns):
                    raise InputError(
                        f"{path} must have the columns record and patient, and may have diagnosis. "
                        f"Received: {', '.join(columns) or 'no columns'}."
                    )
                self.rows = {row["record"]: (row["patient"] or "", row.get("diagnosis") or "") for row in reader}
        except FileNotFoundError:
            raise InputError(f"There is no table of records. Received: table={path!r}.") from None
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
