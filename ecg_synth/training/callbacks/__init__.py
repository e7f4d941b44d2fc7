"""Keras callbacks, one a file.

At the end of an epoch they run in the order in which `train` lists them: everything of an epoch is on disk before the
checkpoint that says the epoch is done.
"""

from ecg_synth.training.callbacks.checkpoint import SaveCheckpoint
from ecg_synth.training.callbacks.classify_samples import ClassifySamples
from ecg_synth.training.callbacks.decay_rates import DECAYS, DecayRates
from ecg_synth.training.callbacks.image_grid import DrawImages
from ecg_synth.training.callbacks.keep_best import KeepBest
from ecg_synth.training.callbacks.loss_plot import PlotLosses
from ecg_synth.training.callbacks.measure_samples import MeasureSamples
from ecg_synth.training.callbacks.metrics_csv import WriteMetrics
from ecg_synth.training.callbacks.progress import ShowProgress
from ecg_synth.training.callbacks.stop_by_metric import StopByMetric
from ecg_synth.training.callbacks.tensorboard import WriteTensorBoard
from ecg_synth.training.callbacks.time_limit import TimeLimit
from ecg_synth.training.callbacks.watch_health import ON_TROUBLE, TrainingWarning, WatchHealth

__all__ = [
    "DECAYS",
    "ON_TROUBLE",
    "ClassifySamples",
    "DecayRates",
    "DrawImages",
    "KeepBest",
    "MeasureSamples",
    "PlotLosses",
    "SaveCheckpoint",
    "ShowProgress",
    "StopByMetric",
    "TimeLimit",
    "TrainingWarning",
    "WatchHealth",
    "WriteMetrics",
    "WriteTensorBoard",
]
