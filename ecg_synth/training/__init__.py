"""Training: config in, run folder out; a killed run goes on as if it had not been killed."""

from ecg_synth.training.run import Run
from ecg_synth.training.train import train

__all__ = ["Run", "train"]
