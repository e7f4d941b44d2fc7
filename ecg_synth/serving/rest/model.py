"""One SavedModel, loaded and ready: signatures by name, arrays in, arrays out."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.protobuf import saved_model_pb2

from ecg_synth.serving.rest.refusals import bad_request
from ecg_synth.serving.rest.tensors import TensorInfo, check_amount, parse_body, read_inputs, signature_name
from ecg_synth.serving.rest.tensors import write_outputs as write

PB = "saved_model.pb"
# `export.CARD`, which cannot be asked for its name without importing Keras.
CARD = "ecg_synth.json"
DEFAULT_SIGNATURE = "serving_default"
NODE = re.compile(r"\s*\[\[.*", re.DOTALL)
ASSERTED = re.compile(r"assertion failed: (.*)", re.DOTALL)
PATH = re.compile(r"(?:^|[\s'\"(\[])(?:/|[A-Za-z]:\\)\S|\bFile \"|\.py\b")


class Answer(NamedTuple):
    """What a prediction gives: the JSON body, and how many slices are in it."""

    body: bytes
    slices: int


class ServedModel:
    """A SavedModel of any origin; what it takes and gives is read from its own signatures.

    Args:
        folder: Where `saved_model.pb` is. It is read once: the folder may be replaced while the model serves.
        version: The number that it is served under.

    Raises:
        Exception: TensorFlow's own, of many kinds, where the folder holds no sound SavedModel.
    """

    def __init__(self, folder: Path, version: int):
        self.version = version
        definition = saved_model_pb2.SavedModel.FromString((folder / PB).read_bytes())
        self._definitions = definition.meta_graphs[0].signature_def
        card = folder / "assets.extra" / CARD
        self.card = json.loads(card.read_text(encoding="utf-8")) if card.is_file() else None
        # The functions live no longer than what they were loaded with.
        self._loaded = tf.saved_model.load(str(folder))
        self._inputs = {
            name: {key: _info(tensor) for key, tensor in self._definitions[name].inputs.items()}
            for name in self._loaded.signatures
        }
        self._defaults = {
            name: {key: tf.make_ndarray(tensor) for key, tensor in self._definitions[name].defaults.items()}
            for name in self._loaded.signatures
        }
        self._warm_up()

    def metadata(self, name: str) -> dict[str, Any]:
        """Returns what TensorFlow Serving says of a model, and beside it the model's card where it has one."""
        signatures = {
            key: json_format.MessageToDict(
                value, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
            )
            for key, value in self._definitions.items()
        }
        metadata: dict[str, Any] = {"signature_def": {"signature_def": signatures}}
        if self.card is not None:
            metadata["ecg_synth"] = self.card
        spec = {"name": name, "signature_name": "", "version": str(self.version)}
        return {"model_spec": spec, "metadata": metadata}

    def answer(self, body: bytes, max_count: int) -> Answer:
        """Reads a request's body, computes, and writes the answer's.

        Raises:
            RequestError: 400; the body is not what the signature asks for.
        """
        document = parse_body(body)
        signature = signature_name(document, DEFAULT_SIGNATURE)
        if signature not in self._inputs:
            known = ", ".join(sorted(self._inputs))
            raise bad_request(f'Serving signature name: "{signature[:60]}" not found in signature def. Known: {known}')
        arrays, rows = read_inputs(document, self._inputs[signature], self._defaults[signature])
        check_amount(arrays, max_count)
        outputs = self.predict(signature, arrays)
        return Answer(write(outputs, rows), max((len(value) for value in outputs.values() if value.ndim), default=1))

    def predict(self, signature: str, arrays: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
        """Computes one signature; raises `RequestError` (400) where the graph refuses the values.

        Args:
            signature: Its name.
            arrays: Its inputs; one that has a default may be left out.
        """
        whole = {**self._defaults[signature], **arrays}
        inputs = {name: tf.constant(array) for name, array in whole.items()}
        try:
            outputs = self._loaded.signatures[signature](**inputs)
        except tf.errors.InvalidArgumentError as error:
            raise bad_request(rule_of(error.message)) from None
        return {name: value.numpy() for name, value in outputs.items()}

    def _warm_up(self) -> None:
        # The first call of a signature takes ten times the second: no request should meet it.
        for signature, infos in self._inputs.items():
            # Two go everywhere, one has no way to another.
            arrays = {
                name: np.full([size or 1 for size in info.shape or ()], 2 if name == "count" else 0, info.dtype)
                for name, info in infos.items()
                if name not in self._defaults[signature] and info.dtype.kind != "O"
            }
            # Zeros need not be what the graph takes.
            with contextlib.suppress(Exception):
                self.predict(signature, arrays)


def _info(tensor: Any) -> TensorInfo:
    shape = tensor.tensor_shape
    sizes = None if shape.unknown_rank else tuple(None if dim.size < 0 else dim.size for dim in shape.dim)
    return TensorInfo(np.dtype(tf.as_dtype(tensor.dtype).as_numpy_dtype), sizes)


def rule_of(message: str) -> str:
    """Returns what a graph's error says to whoever sent the values, without nodes, traces or paths."""
    asserted = ASSERTED.search(message)
    if asserted:
        # TensorFlow prints an Assert's parts as '[text] [values]'.
        text = NODE.sub("", asserted.group(1)).strip()
        text = " ".join(part.strip() for part in re.sub(r"\]\s+\[", "\n", text).strip("[]").split("\n"))
    else:
        lines = [line for line in NODE.sub("", message).splitlines() if line.strip()]
        text = lines[-1].strip() if lines else ""
    text = text.replace("= ", "=")
    if not text or PATH.search(text):
        return "The model does not take these values."
    return text
