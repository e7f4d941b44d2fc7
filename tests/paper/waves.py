"""Made-up records whose traces are smooth, so that a centroid tells where a line lies."""

import numpy as np

from ecg_synth.signals.leads import STANDARD_12
from ecg_synth.signals.record import EcgRecord


def waves(leads=STANDARD_12, seconds=10.0, fs=250.0, amplitude=0.4, origin="simulated"):
    times = np.arange(round(seconds * fs)) / fs
    signal = [amplitude * np.sin(2 * np.pi * (0.5 + 0.07 * k) * times + k) for k in range(len(leads))]
    return EcgRecord("made/up_1", np.stack(signal, axis=1), fs, tuple(leads), "nobody", origin=origin)
