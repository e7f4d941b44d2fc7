"""A simulated database is PTB's layout, whole or not there."""

from __future__ import annotations

import dataclasses
import errno
import hashlib

import numpy as np
import pytest
import wfdb

from ecg_synth.config import SimulateConfig
from ecg_synth.errors import InputError, StorageError
from ecg_synth.signals.diagnoses import reason_in
from ecg_synth.signals.leads import PTB_15
from ecg_synth.signals.simulate import Noise, draw_patients, simulate_record, write_simulated_database
from ecg_synth.signals.simulate.database import to_adc

CONFIG = SimulateConfig(patients=8, duration=4.1, seed=11)
HALF_UNIT = 0.5 / 2000


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return write_simulated_database(tmp_path_factory.mktemp("simulated") / "ptb", CONFIG)


def test_layout_is_ptbs(database):
    names = (database / "RECORDS").read_text().splitlines()
    patients = draw_patients(CONFIG.patients, CONFIG.seed)
    assert len(names) == sum(patient.n_records for patient in patients)
    assert [name.split("/")[0] for name in names] == [p.patient for p in patients for _ in range(p.n_records)]
    expected = {f"{name}.{suffix}" for name in names for suffix in ("hea", "dat", "xyz")}
    assert set(contents(database)) == expected | {"RECORDS", "CONTROLS", "SHA256SUMS.txt"}
    for name in names:
        assert (database / f"{name}.dat").stat().st_size == 4100 * 12 * 2
        assert (database / f"{name}.xyz").stat().st_size == 4100 * 3 * 2


def test_wfdb_reads_all_leads_within_half_a_unit(database):
    patients = {patient.patient: patient for patient in draw_patients(CONFIG.patients, CONFIG.seed)}
    for name in (database / "RECORDS").read_text().splitlines():
        record = wfdb.rdrecord(str(database / name))
        assert tuple(record.sig_name) == PTB_15
        assert (record.fs, record.sig_len) == (1000, 4100)
        assert set(record.fmt) == {"16"}
        assert set(record.adc_gain) == {2000.0}
        assert set(record.units) == {"mV"}
        assert set(record.baseline) == {0}
        truth = simulate_record(patients[name.split("/")[0]], CONFIG.duration, 1000, CONFIG.seed, name)
        assert np.abs(record.p_signal - truth.p_signal).max() <= HALF_UNIT + 1e-12
        assert tuple(record.comments) == truth.comments


def test_header_checksums_and_initial_values_agree(database):
    for name in (database / "RECORDS").read_text().splitlines():
        record = wfdb.rdrecord(str(database / name), physical=False)
        sums = record.d_signal.astype(np.int64).sum(axis=0)
        assert [int(value) % 65536 for value in sums] == [value % 65536 for value in record.checksum]
        assert record.init_value == record.d_signal[0].tolist()


def test_controls_are_the_healthy(database):
    healthy = []
    for name in (database / "RECORDS").read_text().splitlines():
        if reason_in(wfdb.rdheader(str(database / name)).comments, name) == "Healthy control":
            healthy.append(name)
    assert healthy
    assert (database / "CONTROLS").read_text().splitlines() == healthy


def test_sums_cover_every_other_file(database):
    lines = (database / "SHA256SUMS.txt").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    files = contents(database)
    files.pop("SHA256SUMS.txt")
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_every_header_says_simulated(database):
    headers = list(database.rglob("*.hea"))
    assert headers
    for header in headers:
        text = header.read_text()
        assert "# Simulated: yes (ecg_synth " in text
        assert "seed 11); not recorded from a patient" in text
        assert "# ECG date: n/a" in text


def test_the_same_seed_gives_the_same_bytes(database, tmp_path):
    again = write_simulated_database(tmp_path / "again", CONFIG)
    assert contents(again) == contents(database)
    other = write_simulated_database(tmp_path / "other", dataclasses.replace(CONFIG, patients=1, seed=12))
    name = "patient001/s0001lre.dat"
    assert contents(other)[name] != contents(database)[name]


def test_progress_wraps_the_patients(tmp_path):
    seen = []

    def progress(patients):
        for patient in patients:
            seen.append(patient.patient)
            yield patient

    config = SimulateConfig(patients=2, duration=0.5, seed=0)
    write_simulated_database(tmp_path / "out", config, progress=progress)
    assert seen == ["patient001", "patient002"]


def test_a_full_disk_leaves_the_old_database_whole(tmp_path, monkeypatch):
    config = SimulateConfig(patients=3, duration=0.5, seed=0)
    out = write_simulated_database(tmp_path / "out", config)
    before = contents(out)
    write, calls = wfdb.Record.wrsamp, []

    def full(self, *args, **kwargs):
        calls.append(self.record_name)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, *args, **kwargs)

    monkeypatch.setattr(wfdb.Record, "wrsamp", full)
    with pytest.raises(StorageError, match="The disk is full"):
        write_simulated_database(out, dataclasses.replace(config, seed=1), overwrite=True)
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_old_database_is_replaced_only_when_asked(tmp_path):
    config = SimulateConfig(patients=1, duration=0.5, seed=0)
    out = write_simulated_database(tmp_path / "out", config)
    with pytest.raises(InputError, match="not empty"):
        write_simulated_database(out, config)
    before = contents(out)
    write_simulated_database(out, dataclasses.replace(config, seed=1), overwrite=True)
    assert contents(out) != before


@pytest.mark.parametrize("change", [{"patients": 0}, {"duration": 0.0}, {"seed": -1}], ids=str)
def test_bad_configuration_is_refused_before_anything_is_written(tmp_path, change):
    with pytest.raises(InputError, match="Received: "):
        write_simulated_database(tmp_path / "out", dataclasses.replace(SimulateConfig(), **change))
    assert not list(tmp_path.iterdir())


def test_no_drawn_patient_comes_near_the_adc_range():
    for patient in draw_patients(40, seed=2):
        assert np.abs(simulate_record(patient, 3).p_signal).max() < 8


def test_a_signal_beyond_sixteen_bits_is_refused():
    patient = dataclasses.replace(draw_patients(1, seed=0)[0], noise=Noise(50, 0, 0))
    record = simulate_record(patient, 20)
    with pytest.raises(InputError) as caught:
        to_adc(record.p_signal, record.record_name)
    low, high = record.p_signal.min(), record.p_signal.max()
    assert str(caught.value) == (
        "A signal must stay within +-16.38 mV: 16 bits at 2000 units a mV. "
        f"Received: record patient001/s0001lre from {low:.2f} to {high:.2f} mV. "
        "Lower the amplitudes of the patient's kernels or noise."
    )
