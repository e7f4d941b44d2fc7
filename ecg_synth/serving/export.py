"""The SavedModel: generates, decodes, encodes and judges in a process that has TensorFlow and not this package."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import tensorflow as tf

from ecg_synth.codec import EcgImageCodec
from ecg_synth.data.graph_encode import GraphEncoder
from ecg_synth.errors import InputError
from ecg_synth.files import new_folder
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.card import model_card
from ecg_synth.serving.graph_rules import SAME_SEED
from ecg_synth.serving.graphs import Graphs

CARD = "ecg_synth.json"


def export_saved_model(sampler: Sampler, facts: dict[str, Any], out: str | Path, overwrite: bool = False) -> Path:
    """Writes a SavedModel; the same arguments give the same bytes as the `Sampler` does.

    Signatures, whose inputs and outputs are named; the card says shape, unit and range of each:

    - `generate(count, seed, class_name="", truncation=1.0, first=0)` gives `image` (count, height, width, channels)
      and what is decoded from it: `signal_mv` float32 (count, length, leads) in mV of ECGs, `row` float64 (count,
      columns) of a table's images, nothing more of pictures. `class_name`, of a model with classes alone, is a string:
      a class by its name or its number, one for all or one an image, or '', where they take turns; `label` int64
      (count,) comes back. A model with conditions takes each of them besides, one for all or one an image:
      `heart_rate` and `age` float32, NaN (the default) where it is not told, `sex` a string, '' where it is not.
      `truncation` multiplies the latents; see `Sampler.iter_blocks`. One answer holds 256 MiB at most; as image k
      depends on the seed, k and what is asked for alone, whoever wants more goes on with `first`.
    - `interpolate(count, seed, start, end, start_class="", end_class="", end_seed=-1)` from image `start` of `seed` to
      image `end` of `end_seed`, where -1 is `seed`; the classes with classes only.
    - `decode(image)` as generated images are decoded; none for pictures.
    - `encode(signal_mv)` gives `image` and `offset` float32 (n, stored leads) in mV, and `decode_with_offset(image,
      offset)` goes back to absolute values: ECGs whose codec a graph can follow.
    - `classify(image)`: what the discriminator says, `graphs.judged`; a model without one has none.

    Numbers are int64, and may be sent as arrays of one element, as REST clients do. Defaults hold for
    `tf.saved_model.load(out).generate(count, seed)`, and stand in the SignatureDef for servers;
    `load(out).signatures[name]` wants all inputs, by name. A request that breaks a rule ends in an
    `InvalidArgumentError` that states it.

    Args:
        sampler: A trained generator with its codec.
        facts: What is known of the run (preset, training set, origin, evaluation ...), written into the card.
        out: The folder to make.
        overwrite: Replace a folder that stands there.

    Returns:
        `out`; `assets.extra/ecg_synth.json` in it is the card: codec, classes, signatures and why one is left out,
        evaluation, origin, audit.

    Raises:
        InputError: `out` is not empty and `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    encoder, left_out = _encoder(sampler)
    if not sampler.gan.has_discriminator:
        left_out["classify"] = "the model has no discriminator"
    if not sampler.family.output:
        left_out["decode"] = "an image is all there is to a picture"
    graphs = Graphs(sampler, encoder)
    module = _module(graphs, left_out)
    with new_folder(out, overwrite) as folder:
        named = {name: getattr(module, name) for name in NAMES if name not in left_out}
        tf.saved_model.save(module, str(folder), {"serving_default": module.generate, **named})
        extra = folder / "assets.extra"
        extra.mkdir()
        card = json.dumps(model_card(graphs, facts, left_out), indent=2)
        (extra / CARD).write_text(card + "\n", encoding="utf-8")
    return Path(out)


NAMES = ("generate", "interpolate", "decode", "decode_with_offset", "encode", "classify")


def _encoder(sampler: Sampler) -> tuple[GraphEncoder | None, dict[str, str]]:
    """The encoder where there is one, and which signatures that leaves out, and why."""
    if not isinstance(sampler.codec, EcgImageCodec):
        why = f"only ECGs are encoded in a graph, not each {sampler.family.noun}"
        return None, {"encode": why, "decode_with_offset": why}
    left_out = {}
    if not sampler.codec.standardization.keeps_offset:
        left_out["decode_with_offset"] = "decode gives absolute values: this standardization keeps no offset"
    try:
        return GraphEncoder(sampler.codec), left_out
    except InputError as error:
        return None, {**left_out, "encode": str(error)}


def _module(graphs: Graphs, left_out: dict[str, str]) -> tf.Module:
    sampler = graphs.sampler
    image = sampler.output_specs[0]
    images = tf.TensorSpec((None, *image.shape[1:]), image.dtype, name="image")
    names = ("count", "seed", "first", "start", "end", "end_seed")
    whole = {name: tf.TensorSpec(None, tf.int64, name=name) for name in names}
    text = {name: tf.TensorSpec(None, tf.string, name=name) for name in ("class_name", "start_class", "end_class")}
    truncation = tf.TensorSpec(None, tf.float32, name="truncation")
    # Only tensors become the defaults of a SignatureDef.
    none, one = tf.constant(""), tf.constant(1.0)
    zero, same = tf.constant(0, tf.int64), tf.constant(SAME_SEED, tf.int64)

    if sampler.class_names:

        def generate(count, seed, class_name=none, truncation=one, first=zero):
            return graphs.generate(count, seed, class_name, truncation, first, {})

        def interpolate(count, seed, start, end, start_class=none, end_class=none, end_seed=same):
            return graphs.interpolate(count, seed, start, end, start_class, end_class, end_seed)

    else:

        def generate(count, seed, truncation=one, first=zero, **conditions):  # type: ignore[misc]
            return graphs.generate(count, seed, none, truncation, first, conditions)

        generate = _named(generate, graphs.conditions.defaults)

        def interpolate(count, seed, start, end, end_seed=same):  # type: ignore[misc]
            return graphs.interpolate(count, seed, start, end, none, none, end_seed)

    classes = [text["class_name"]] if sampler.class_names else []
    ends = [text["start_class"], text["end_class"]] if sampler.class_names else []
    signatures: dict[str, tuple[Any, list[tf.TensorSpec]]] = {
        "generate": (
            generate,
            [whole["count"], whole["seed"], *classes, truncation, whole["first"], *graphs.conditions.specs.values()],
        ),
        "interpolate": (
            interpolate,
            [*(whole[name] for name in ("count", "seed", "start", "end")), *ends, whole["end_seed"]],
        ),
        "decode": (lambda image: graphs.decode(image), [images]),
        "classify": (graphs.classify, [images]),
    }
    if isinstance(sampler.codec, EcgImageCodec):
        codec = sampler.codec
        slices = tf.TensorSpec((None, codec.length, len(codec.leads)), tf.float32, name="signal_mv")
        offset = tf.TensorSpec((None, len(codec.stored_leads)), tf.float32, name="offset")
        signatures["encode"] = (graphs.encode, [slices])
        signatures["decode_with_offset"] = (graphs.decode, [images, offset])
    module = tf.Module(name="ecg_synth")
    networks = [sampler.gan.sampling_generator]
    if sampler.gan.has_discriminator:
        networks.append(sampler.gan.discriminator)
    module.weights = [weight.value for network in networks for weight in network.variables]
    for name, (function, signature) in signatures.items():
        if name not in left_out:
            setattr(module, name, tf.function(function, input_signature=signature, autograph=False))
    return module


def _named(function: Any, defaults: dict[str, tf.Tensor]) -> Any:
    """Returns the function with an argument of its own, and its default, for each name instead of `**`."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = [item for item in inspect.signature(function).parameters.values() if item.kind is kind]
    more = [inspect.Parameter(name, kind, default=value) for name, value in defaults.items()]

    def named(*values: Any, **others: Any) -> Any:
        return function(**signature.bind(*values, **others).arguments)

    # TensorFlow takes an input's name and default from here.
    signature = named.__signature__ = inspect.Signature(own + more)  # type: ignore[attr-defined]
    return named
