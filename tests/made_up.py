"""A tiny PTB-XL tree of made-up records, for tests that need its layout and not its patients."""

import csv

import numpy as np

from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import write_record

STATEMENTS = [
    ("NORM", "1.0", "NORM"),
    ("IMI", "1.0", "MI"),
    ("NDT", "1.0", "STTC"),
    ("IRBBB", "1.0", "CD"),
    ("LVH", "1.0", "HYP"),
    ("RVH", "1.0", "HYP"),
    ("SR", "", ""),
]
# One a fold; the patient of ecg_id 1 comes twice in fold 1.
CODES = [
    "{'NORM': 100.0, 'SR': 0.0}",
    "{'IMI': 50.0, 'NDT': 100.0}",
    "{'NORM': 80.0, 'IRBBB': 80.0}",
    "{'LVH': 50.0, 'RVH': 35.0, 'IMI': 80.0}",
    "{'SR': 0.0}",
    "{'NDT': 0.0}",
    "{'NORM': 100.0}",
    "{'IRBBB': 15.0}",
    "{'NORM': 100.0}",
    "{'LVH': 100.0}",
]
COLUMNS = ["ecg_id", "patient_id", "scp_codes", "strat_fold", "filename_lr", "filename_hr"]


def write_ptbxl(folder, folds=range(1, 11), seconds=4.2):
    """Writes records of random noise in PTB-XL's layout, one a fold and two in the first."""
    rng = np.random.default_rng(0)
    rows = []
    for number, fold in enumerate([min(folds), *folds], 1):
        patient = 1000.0 if number < 3 else 1000.0 + number
        row = [number, patient, CODES[fold - 1], fold]
        for rate, suffix in ((100, "lr"), (500, "hr")):
            name = f"records{rate}/00000/{number:05d}_{suffix}"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            signal = np.cumsum(rng.normal(0, 0.02, (round(seconds * rate), 2)), axis=0)
            record = EcgRecord(name, signal, float(rate), ("I", "II"), str(patient))
            write_record(record, (folder / name).parent, adc_gain=1000.0)
            row.append(name)
        rows.append(row)
    write_csv(folder / "ptbxl_database.csv", COLUMNS, rows)
    write_csv(folder / "scp_statements.csv", ["", "diagnostic", "diagnostic_class"], STATEMENTS)
    return folder


def write_csv(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([columns, *rows])
