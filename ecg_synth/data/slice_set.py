"""What a GAN trains on: the images of one split in memory, and where they came from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ecg_synth.codec.levels import bits_of
from ecg_synth.errors import InputError, check_choice

ORIGINS = ("measured", "simulated", "synthetic")
UNKNOWN_LABEL = -1


@dataclass(frozen=True, eq=False)
class SliceSet:
    """ECG images with their labels and the codec that made them.

    Attributes:
        images: Grey levels, uint8 or uint16 `(n, height, width, channels)`.
        labels: Index into `class_names`, int64 `(n,)`; -1 means unknown.
        class_names: Names of the classes.
        codec: Config of the codec, kept beside a model so that its images can be decoded to mV.
        origin: `"measured"` on people, `"simulated"` by this package, or `"synthetic"`: a model's own output.
        name: What to call the set, for example the TFDS dataset and config.
        known: What else is known of each image's patient: `age` in years and `sex`, 0 male, 1 female; float32 `(n,)`,
            NaN where it is not known. Empty where the dataset does not say.
        fingerprint: sha256 over images, labels and codec, worked out here; two sets with one fingerprint train alike,
            unless what is `known` is told to the model.

    Raises:
        InputError: A dtype, shape, label or origin is not as above.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    codec: dict[str, Any]
    origin: str
    name: str
    known: dict[str, np.ndarray] = field(default_factory=dict)
    fingerprint: str = field(default="")

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype not in (np.uint8, np.uint16) or images.ndim != 4:
            raise InputError(
                f"Images must be uint8 or uint16 of shape (n, height, width, channels). "
                f"Received: images.dtype={images.dtype}, images.shape={images.shape}."
            )
        if labels.dtype != np.int64 or labels.shape != images.shape[:1]:
            raise InputError(
                f"Labels must be int64, one an image: shape ({len(images)},). "
                f"Received: labels.dtype={labels.dtype}, labels.shape={labels.shape}."
            )
        if len(labels) and not UNKNOWN_LABEL <= labels.min() <= labels.max() < len(self.class_names):
            raise InputError(
                f"A label must be -1 (unknown) or an index into the {len(self.class_names)} class names. "
                f"Received: labels from {labels.min()} to {labels.max()}."
            )
        for name, values in self.known.items():
            if values.shape != labels.shape:
                raise InputError(
                    f"What is known must be one value an image: shape ({len(images)},). "
                    f"Received: known[{name!r}].shape={values.shape}."
                )
        check_choice("origin", self.origin, ORIGINS)
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", fingerprint(images, labels, self.codec))

    def __len__(self) -> int:
        return len(self.images)

    def take(self, chosen: np.ndarray) -> SliceSet:
        """Returns the set of some images: indices, or a mask `(n,)`."""
        return replace(
            self,
            images=self.images[chosen],
            labels=self.labels[chosen],
            known={name: values[chosen] for name, values in self.known.items()},
            fingerprint="",
        )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` in pixels."""
        height, width, channels = self.images.shape[1:]
        return height, width, channels

    @property
    def bits(self) -> int:
        """Bits a grey level: 8 or 16."""
        return bits_of(self.images.dtype)


def fingerprint(images: np.ndarray, labels: np.ndarray, codec: dict[str, Any]) -> str:
    """Returns the sha256, in hexadecimal, over images, labels and codec.

    Args:
        images: uint8 or uint16 `(n, height, width, channels)`.
        labels: int64 `(n,)`.
        codec: JSON-serializable config; the order of its keys does not count.
    """
    digest = hashlib.sha256()
    header = {"shape": list(images.shape), "codec": codec}
    digest.update(json.dumps(header, sort_keys=True).encode())
    # One byte order on every machine.
    digest.update(np.ascontiguousarray(images, dtype=images.dtype.newbyteorder("<")).data)
    digest.update(np.ascontiguousarray(labels, dtype="<i8").data)
    return digest.hexdigest()
