"""`ecg-synth train`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import tyro

from ecg_synth.config import TrainConfig
from ecg_synth.config_files import from_dict, from_toml


@dataclass(frozen=True)
class Train:
    """Train a GAN on a prepared dataset; the same command again goes on where a killed run stopped.

    Values come from the preset, then from the TOML file, then from the flags.

    Attributes:
        data_dir: Where TFDS datasets stand.
        run_dir: Run folder to make, or to go on with.
        dataset: Config to train on when the data folder holds several.
        split: Split to train on.
        validation_split: Split that --classify-every and --evaluate-every compare with.
        preset: Start from this preset; see 'ecg-synth presets'.
        config: TOML file with fields of the settings below.
        model: Family of models; another one than the preset's starts from its own defaults.
        overwrite: Replace another run that stands there.
        settings: What the preset and the TOML file gave; flags override.
    """

    data_dir: str
    run_dir: str
    dataset: str | None = None
    split: str = "train"
    validation_split: str = "validation"
    preset: str = "dcgan"
    config: str | None = None
    model: str | None = None
    overwrite: bool = False
    settings: TrainConfig = field(default_factory=TrainConfig)

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Trains, and says where the run is."""
        from ecg_synth.data.prepared import open_prepared
        from ecg_synth.metrics.evaluate_every import EvaluateEvery
        from ecg_synth.training.best import COLUMN, best_epoch
        from ecg_synth.training.devices import strategy_for
        from ecg_synth.training.train import train

        # Reading the data is work for TensorFlow, before which devices have to be chosen.
        strategy_for(self.settings.devices)
        prepared = open_prepared(self.data_dir, self.dataset)
        slice_set = prepared.load(self.split)
        compares = self.settings.classify_every or self.settings.evaluate_every
        validation = prepared.load(self.validation_split) if compares else None
        print(f"Training on {len(slice_set.images)} {slice_set.origin} slices of {slice_set.name} ({self.split})")
        run = train(
            self.settings,
            slice_set,
            self.run_dir,
            preset=self.preset,
            overwrite=self.overwrite,
            validation=validation,
            judge=EvaluateEvery,
        )
        why = run.stopped_by()
        if why is not None:
            print(f"Stopped: {why}")
        best = best_epoch(run.metrics())
        if best is not None:
            print(f"Best by {COLUMN}: epoch {best}, kept in {run.best_dir}; 'ecg-synth generate --best' takes it")
        print(f"Run: {run.path}")
        print(f"Next: ecg-synth generate --run-dir {run.path} --count 10 --out synthetic")


def train_default(arguments: Sequence[str]) -> Any:
    """Returns `Train` as preset, TOML file and family named in `arguments` make it, before the other flags.

    Raises:
        InputError: The preset or the family does not exist, or the TOML file has an unknown field or a value of another
            type.
    """
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--preset", default="dcgan")
    first.add_argument("--config", default=None)
    first.add_argument("--model", default=None)
    named, _ = first.parse_known_args(list(arguments[1:]))
    settings = _preset(named.preset)
    if named.config is not None:
        settings = from_toml(settings, named.config)
    if named.model is not None:
        settings = from_dict(settings, {"model": {"name": named.model}}, "--model")
    return Train(data_dir=tyro.MISSING, run_dir=tyro.MISSING, preset=named.preset, model=named.model, settings=settings)


def _preset(name: str) -> TrainConfig:
    from ecg_synth.models.presets import get_preset

    return get_preset(name)
