"""Fixtures that more than one room uses."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def _shared(name: str, probe: str) -> Path:
    folder = SHARED / name
    if not (folder / probe).exists():
        pytest.skip(f"needs real data in ../shared/data/{name}, which only this project's own machines have")
    return folder


@pytest.fixture(scope="session")
def ptbdb() -> Path:
    """Real PTB: 6 records of 4 patients."""
    return _shared("ptbdb", "RECORDS")


@pytest.fixture(scope="session")
def ptbxl() -> Path:
    """Real PTB-XL: 353 records at 500 and 100 Hz."""
    return _shared("ptbxl", "RECORDS")


@pytest.fixture(scope="session")
def thyroid() -> Path:
    """The Thyroid table: UCI's two files and KEEL's one, 7,200 rows."""
    return _shared("thyroid", "ann-train.data")


@pytest.fixture(scope="session")
def fingerprints() -> Path:
    """Five synthetic fingerprints (SFinGe), 416 x 560 pixels, 8-bit grey."""
    return _shared("images", "fingerprint/SFinGe_Test01.pgm") / "fingerprint"


@pytest.fixture(scope="session")
def simulated(tmp_path_factory) -> Path:
    """A simulated database of 8 patients, 4.1 s (two slices) a record; tests must not write into it."""
    from ecg_synth.config import SimulateConfig
    from ecg_synth.signals.simulate import write_simulated_database

    return write_simulated_database(tmp_path_factory.mktemp("sim") / "db", SimulateConfig(patients=8, duration=4.1))


@pytest.fixture(scope="session")
def made_ptbxl(tmp_path_factory) -> Path:
    """A tiny PTB-XL tree of made-up records, one a fold and two in the first; tests must not write into it."""
    from made_up import write_ptbxl

    return write_ptbxl(tmp_path_factory.mktemp("xl") / "db")


@pytest.fixture(scope="session")
def judged_data(tmp_path_factory) -> Path:
    """Leads I and II of 24 simulated patients, 256 samples at 125 Hz, prepared; tests must not write into it."""
    from ecg_synth import prepare
    from ecg_synth.config import CodecConfig, SimulateConfig, SplitConfig
    from ecg_synth.signals.simulate import write_simulated_database

    folder = tmp_path_factory.mktemp("judged")
    write_simulated_database(folder / "db", SimulateConfig(patients=24, duration=8.3))
    codec = CodecConfig(leads=("i", "ii"), length=256, fs=125.0)
    prepare(folder / "db", folder / "data", codec=codec, split=SplitConfig(0.4, 0.3, 0.3))
    return folder / "data"
