"""A simulated PTB-like database, so that everything runs with no download; never passed off as real.

The heart is an electrical vector that turns with each beat, and leads are projections of it.
The same seed gives the same bytes.
"""

from ecg_synth.signals.simulate.database import write_simulated_database
from ecg_synth.signals.simulate.diseases import TERRITORIES
from ecg_synth.signals.simulate.noise import SILENCE, Noise
from ecg_synth.signals.simulate.patients import SimulatedPatient, draw_patient, draw_patients
from ecg_synth.signals.simulate.projection import DOWER, INDEPENDENT_LEADS, project
from ecg_synth.signals.simulate.record import beat_times, simulate_record
from ecg_synth.signals.simulate.rhythm import Rhythm

__all__ = [
    "DOWER",
    "INDEPENDENT_LEADS",
    "SILENCE",
    "TERRITORIES",
    "Noise",
    "Rhythm",
    "SimulatedPatient",
    "beat_times",
    "draw_patient",
    "draw_patients",
    "project",
    "simulate_record",
    "write_simulated_database",
]
