"""The network's weights in a file: an npz of arrays and of a card that says what they are."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ecg_synth.digitizing.network import CLASSES, build_network
from ecg_synth.errors import InputError
from ecg_synth.files import write_bytes
from ecg_synth.paper.truth import npz_bytes

SHIPPED = Path(__file__).with_name("weights.npz")
"""Those that the package brings along; `weights.json` beside them is their card."""
FORMAT = "ecg_synth/ink/1"


def save_weights(network: keras.Model, path: str | Path, card: dict[str, Any]) -> str:
    """Writes the weights and, beside them as NAME.json, their card.

    Args:
        network: Of `build_network`.
        path: File, .npz.
        card: What they are: JSON; the widths of the network, and format and digest, are added.

    Returns:
        The sha256 of the weights.
    """
    arrays = {f"{k:03d}": np.asarray(value) for k, value in enumerate(network.get_weights())}
    told = {"format": FORMAT, "classes": list(CLASSES), **card, "weights_sha256": digest(arrays)}
    described = json.dumps(told, indent=1)
    write_bytes(path, npz_bytes({**arrays, "card": np.frombuffer(described.encode(), dtype=np.uint8)}))
    write_bytes(Path(path).with_suffix(".json"), (described + "\n").encode())
    return str(told["weights_sha256"])


def digest(arrays: dict[str, np.ndarray]) -> str:
    """Returns the sha256 of arrays, in the order of their names."""
    total = hashlib.sha256()
    for _, array in sorted(arrays.items()):
        total.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
    return total.hexdigest()


def load_network(path: str | Path = SHIPPED) -> tuple[keras.Model, dict[str, Any]]:
    """Loads a network and its card; the same file is loaded once.

    Raises:
        InputError: The file is missing, or holds no weights of this network, or not those that its card tells of.
    """
    path = Path(path)
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        raise InputError(
            f"There is no file of the digitizer's weights. Received: weights={str(path)!r}. Make one with "
            f"'ecg-synth fit-digitizer --out FILE', or leave the option out."
        ) from None
    return _load(path.resolve(), changed)


@functools.lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> tuple[keras.Model, dict[str, Any]]:
    del changed
    try:
        with np.load(io.BytesIO(path.read_bytes())) as archive:
            arrays = {name: archive[name] for name in archive.files}
        card = json.loads(arrays.pop("card").tobytes())
        if card["format"] != FORMAT or card["weights_sha256"] != digest(arrays):
            raise ValueError("another format, or damaged")
        network = build_network(tuple(card["widths"]))
        network.set_weights([arrays[name] for name in sorted(arrays)])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(
            f"A file of the digitizer's weights must be one of 'ecg-synth fit-digitizer'. "
            f"Received: weights={str(path)!r} ({error})."
        ) from None
    return network, card
