"""The model card beside a SavedModel: what it gives, what made it, how it was judged."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from ecg_synth._version import __version__
from ecg_synth.errors import InputError
from ecg_synth.metrics.verdict import verdict
from ecg_synth.models.pretrained import place_of
from ecg_synth.sampling.checks import MAX_COUNT, MAX_TRUNCATION
from ecg_synth.serving.graph_rules import MAX_FIRST, SAME_SEED
from ecg_synth.serving.graphs import Graphs, judged
from ecg_synth.serving.synthetic import begun_with

NOT_JUDGED = "none: no report of 'ecg-synth evaluate' was given"
_KEPT = ("title", "unit", "value", "low", "high", "floor", "ceiling", "better")


def model_card(graphs: Graphs, facts: Mapping[str, Any], left_out: Mapping[str, str]) -> dict[str, Any]:
    """Returns what a user of the SavedModel must know, as JSON can write it."""
    sampler = graphs.sampler
    return {
        "origin": "synthetic",
        "notice": "Made by a neural network, not recorded from a patient. Not for clinical use.",
        "privacy_audit": "none: nobody has checked yet what this model leaks of its training data",
        "ecg_synth_version": __version__,
        "signatures": {name: words for name, words in _signatures(graphs).items() if name not in left_out},
        "left_out": dict(left_out),
        "classes": list(sampler.class_names),
        "conditions": {name: dict(scale) for name, scale in sampler.scales.items()},
        "codec": sampler.codec.get_config(),
        "evaluation": NOT_JUDGED,
        "begun_with": _begun_with(facts.get("started_from")),
        "started_from": None,
        **facts,
    }


def _begun_with(started_from: Mapping[str, Any] | None) -> str:
    words = begun_with(started_from)
    return f"{words}; what that was trained on may show in what this model makes" if started_from else words


def _signatures(graphs: Graphs) -> dict[str, dict[str, str]]:
    sampler, family = graphs.sampler, graphs.sampler.family
    spec = sampler.output_specs[0]
    image = f"{spec.dtype.name} (count, {', '.join(map(str, spec.shape[1:]))})"
    outputs = {"image": f"out: {image}", **({family.output: f"out: {family.meaning}"} if family.output else {})}
    number = f"in: int64, 0 to {MAX_COUNT - 1}: number of an image of the seed"
    seed = "in: int64, 0 to 4294967295"
    generate = {
        "count": f"in: int64, 1 to {graphs.max_count}",
        "seed": seed,
        "truncation": f"in: float32, 0 to {MAX_TRUNCATION:g}, default 1: what the latents are multiplied by",
        "first": f"in: int64, 0 to {MAX_FIRST}, default 0: number of the first image, to go on where an answer ended",
    }
    interpolate = {
        "count": f"in: int64, 2 to {graphs.max_count}",
        "seed": seed,
        "start": number,
        "end": f"in: int64, 0 to {MAX_COUNT - 1}: number of an image of end_seed",
        "end_seed": f"{seed}, default {SAME_SEED}: as seed",
    }
    labels = {}
    if sampler.class_names:
        named = ", ".join(f"{label} {name}" for label, name in enumerate(sampler.class_names))
        generate["class_name"] = (
            f"in: string, one or one an image: {named}; the name or the number; default '': in turn"
        )
        labels["label"] = f"out: int64 (count,): {named}"
        interpolate["start_class"] = f"in: string: {named}; default '': the one whose turn it is"
        interpolate["end_class"] = "in: string, as start_class; default '': as start_class"
    for name, tensor in graphs.conditions.defaults.items():
        generate[name] = (
            f"in: {tensor.dtype.name}, one or one an image: {graphs.conditions.rule(name)} Default: not told"
        )
    found = {"generate": {**generate, **outputs, **labels}, "interpolate": {**interpolate, **outputs}}
    if family.output:
        found["decode"] = {"image": f"in: {image}", family.output: outputs[family.output]}
    if family.noun == "slice":
        codec = sampler.codec
        slices = (
            f"float32 (count, {codec.length}, {len(codec.leads)}) in mV, {', '.join(codec.leads)} at {codec.fs:g} Hz"
        )
        offset = f"float32 (count, {len(codec.stored_leads)}) in mV: each stored lead's lowest sample"
        found["encode"] = {"signal_mv": f"in: {slices}", "image": f"out: {image}", "offset": f"out: {offset}"}
        found["decode_with_offset"] = {
            "image": f"in: {image}",
            "offset": f"in: {offset}",
            "signal_mv": f"out: {slices}, absolute",
        }
    if sampler.gan.has_discriminator:
        found["classify"] = {"image": f"in: {image}", **_judgement(sampler.gan, spec)}
    return found


def _judgement(gan: Any, spec: Any) -> dict[str, str]:
    by_class = ": by class that the image is said to be of" if len(gan.discriminator.inputs) > 1 else ""
    shape = f"float32 (count, {gan.n_classes})" if by_class else "float32 (count,)"
    smoothing = getattr(gan.gan_loss, "label_smoothing", 0.0)
    smoothed = f"; trained towards {1 - smoothing:g} for real ones" if smoothing else ""
    words = {
        "score": f"out: {shape}{by_class}: the discriminator's answer, higher is more like real images; "
        f"threshold {gan.gan_loss.threshold:g} ({type(gan.gan_loss).__name__})",
        "source": f"out: {shape}{by_class}: probability of being real, against this generator's images{smoothed}",
        "class_probability": f"out: float32 (count, {gan.n_classes}), by the discriminator's class head",
    }
    given = judged(gan, tf.zeros((1, *spec.shape[1:]), spec.dtype))
    return {name: words[name] for name in given}


def evaluation_of(
    report: str | os.PathLike[str], run_dir: str | os.PathLike[str], run_facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Reads the headline numbers of a report of `ecg-synth evaluate`, for the card.

    Args:
        report: Its folder.
        run_dir: The run that is exported.
        run_facts: Of it, as `load_sampler` gives them: preset and epoch, which the report names beside the folder.

    Returns:
        `dataset`, `judged` slices, `seed`, and `metrics` by name: value, interval, floor, ceiling, verdict.

    Raises:
        InputError: The folder holds no report, or one of another run or epoch.
    """
    file = Path(report) / "metrics.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        facts, metrics = found["facts"], found["metrics"]
        named = str(facts["candidate"]["name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"A report is a folder of 'ecg-synth evaluate', with metrics.json. Received: report={str(report)!r} "
            f"({type(error).__name__}: {error})."
        ) from None
    # As `ecg_synth.metrics.loading` names what it sampled; the folder may have been moved since.
    name = Path(os.path.abspath(place_of(run_dir))).name
    exported = f"{name} (preset {run_facts['preset']}, epoch {run_facts['epoch']})"
    if named != exported:
        raise InputError(
            f"A card holds the figures of the model that it goes with. Received: a report of {named!r}, and "
            f"{exported!r} is exported. Run 'ecg-synth evaluate --synthetic {run_dir}' and give its report."
        )
    return {
        "dataset": facts["dataset"],
        "reference": facts["reference"],
        "judged": facts.get("judged"),
        "seed": facts["seed"],
        "ecg_synth_version": facts["versions"]["ecg_synth"],
        "metrics": {name: _headline(entry) for name, entry in metrics.items() if entry["kind"] != "paired"},
    }


def _headline(entry: Mapping[str, Any]) -> dict[str, Any]:
    # metrics.json has null for what is not a number.
    known = {key: math.nan if value is None else value for key, value in entry.items()}
    return {**{key: entry[key] for key in _KEPT if key in entry}, "verdict": verdict(known)}
