"""From a run folder to what draws its samples, and what is known of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ecg_synth.codec import codec_from_config
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.training.run import Run


def load_sampler(run_dir: str | Path, best: bool = False) -> tuple[Sampler, dict[str, Any]]:
    """Loads a checkpoint of a run folder.

    Args:
        run_dir: The folder.
        best: Takes the weights that were best by `--evaluate-every`, and not the newest.

    Returns:
        The sampler, and what is known of the run: model, preset, epoch, trained_on, trained_on_origin, class_names, and
        started_from where it began with another run's weights: what that was trained on; see `Run.provenance`.

    Raises:
        InputError: There is no such run, it has no such checkpoint, or the checkpoint is another model's.
    """
    run = Run.load(run_dir)
    gan = run.load_gan(best)
    facts = {
        "model": run.config.model.name,
        "preset": run.preset,
        "epoch": run.checkpoint(best).epoch,
        "trained_on": run.data["name"],
        "trained_on_origin": run.data["origin"],
        "class_names": run.data["class_names"],
        **{name: run.data[name] for name in ("started_from",) if name in run.data},
    }
    names = run.data["class_names"] if gan.n_classes else ()
    return Sampler(gan, codec_from_config(run.data["codec"]), names), facts
