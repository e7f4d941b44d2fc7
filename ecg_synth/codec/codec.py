"""The codec: slices in mV <-> ECG images, exactly and in both directions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ecg_synth.codec.arrange import positions
from ecg_synth.codec.standardize import STANDARDIZATIONS, Standardization, standardization_from_config
from ecg_synth.config import CodecConfig
from ecg_synth.errors import InputError
from ecg_synth.signals.leads import normalize_lead
from ecg_synth.signals.resample import resample
from ecg_synth.signals.slicing import cut


class Encoded(NamedTuple):
    """Images of some slices.

    Attributes:
        images: uint8 (slices, height, width, leads).
        offset: float32 (slices, leads) in mV: what `decode` needs to give absolute values back.
        saturated: bool (slices,): a sample lay beyond the standardization's range and was cut to it.
    """

    images: np.ndarray
    offset: np.ndarray
    saturated: np.ndarray


class EcgImageCodec:
    """Turns slices of an ECG into small images and back (P1, 3.3.1 and 3.3.2).

    One lead is one image channel. The constructor's arguments are the attributes and the config.

    Args:
        leads: Leads of a slice, in the order of the image's channels.
        standardization: A name in `STANDARDIZATIONS`, or an instance of `Standardization`.
        arrangement: A name in `ARRANGEMENTS`.
        length: Samples a slice.
        fs: Sampling rate of a slice in Hz.
        image_shape: (height, width) in pixels; default the square whose area is `length`.

    Raises:
        InputError: A name is unknown, or `length` samples do not fill the image.
    """

    def __init__(
        self,
        leads: Sequence[str] = ("i",),
        standardization: str | Standardization = "adapted",
        arrangement: str = "z",
        length: int = 2025,
        fs: float = 1000.0,
        image_shape: tuple[int, int] | None = None,
    ):
        if isinstance(leads, str):
            leads = (leads,)
        self.leads = tuple(normalize_lead(lead) for lead in leads)
        if not self.leads:
            raise InputError("A codec needs at least one lead. Received: leads=().")
        if isinstance(standardization, str):
            standardization = STANDARDIZATIONS[standardization]()
        self.standardization = standardization
        self.arrangement = arrangement
        self.length = int(length)
        self.fs = float(fs)
        self.image_shape = _shape(self.length, image_shape)
        self.position = positions(arrangement, *self.image_shape)
        self._inverse = np.argsort(self.position).astype(np.int32)

    @classmethod
    def from_choice(cls, choice: CodecConfig) -> EcgImageCodec:
        """Builds the codec that a `CodecConfig` names; bounds, where needed, are not fitted yet."""
        return cls(choice.leads, choice.standardization, choice.arrangement, choice.length, choice.fs)

    def fit(self, batches: Iterable[np.ndarray]) -> EcgImageCodec:
        """Returns a codec whose bounds are those of the training slices.

        Args:
            batches: Arrays (slices, length, leads) in mV; read once, one after the other.
        """
        if not self.standardization.needs_fit:
            return self
        config = self.get_config()
        config["standardization"] = self.standardization.fit(batches, len(self.leads)).get_config()
        return self.from_config(config)

    def encode(self, signal_mv: np.ndarray, fs: float) -> Encoded:
        """Encodes a whole recording: resamples when `fs` is not the codec's, slices, standardizes, arranges.

        Args:
            signal_mv: (samples, leads) in mV with the codec's leads in its order; (samples,) for one lead.
            fs: Its rate in Hz.

        Returns:
            The images of every slice without NaN.

        Raises:
            InputError: The number of leads differs, or the recording is shorter than a slice.
        """
        signal_mv = np.asarray(signal_mv, dtype=np.float64)
        if signal_mv.ndim == 1:
            signal_mv = signal_mv[:, None]
        if signal_mv.ndim != 2:
            raise InputError(f"A signal must be (samples, leads). Received: signal_mv.shape={signal_mv.shape}.")
        self._check_leads(signal_mv.shape[1])
        return self.encode_slices(cut(resample(signal_mv, fs, self.fs), self.length).signal_mv)

    def encode_slices(self, slices_mv: np.ndarray) -> Encoded:
        """Encodes slices that are cut already: (slices, length, leads) in mV at the codec's rate.

        Raises:
            InputError: The shape is another, or a sample is not finite.
        """
        if slices_mv.ndim != 3 or slices_mv.shape[1] != self.length:
            raise InputError(
                f"Slices must be (slices, {self.length}, {len(self.leads)}). Received: shape={slices_mv.shape}."
            )
        self._check_leads(slices_mv.shape[2])
        if not np.isfinite(slices_mv).all():
            raise InputError("Slices must be finite; drop those with NaN first, as signals.slicing.cut does.")
        levels, offset, saturated = self.standardization.encode(slices_mv)
        images = levels[:, self._inverse, :].reshape(-1, *self.image_shape, len(self.leads))
        return Encoded(images, offset, saturated)

    def decode(self, images: np.ndarray, offset: np.ndarray | None = None) -> np.ndarray:
        """Decodes images to slices in mV.

        Args:
            images: uint8 (slices, height, width, leads), from data or from a generator.
            offset: (slices, leads) in mV as `encode` gave it. Without it, a standardization that counts from the
                slice's minimum has lost the absolute value, and each lead is shifted so that its median is 0 mV: the
                isoelectric line, where an ECG rests most of the time.

        Returns:
            float32 (slices, length, leads) in mV.

        Raises:
            InputError: The images have another shape or type.
        """
        images = np.asarray(images)
        shape = (*self.image_shape, len(self.leads))
        if images.ndim != 4 or images.shape[1:] != shape:
            raise InputError(f"Images must be (slices, {', '.join(map(str, shape))}). Received: shape={images.shape}.")
        if images.dtype != np.uint8:
            raise InputError(f"Images must be uint8 grey levels. Received: dtype={images.dtype}.")
        levels = images.reshape(len(images), self.length, len(self.leads))[:, self.position, :]
        signal_mv = self.table[np.arange(len(self.leads)), levels]
        if not self.standardization.keeps_offset:
            return signal_mv
        if offset is None:
            return signal_mv - self._lower_median(signal_mv)
        return signal_mv + np.asarray(offset, dtype=np.float32)[:, None, :]

    @property
    def table(self) -> np.ndarray:
        """What a level means: float32 (leads, 256) in mV, before any offset."""
        return self.standardization.table(len(self.leads))

    @property
    def adc_gain(self) -> float:
        """Units per mV at which 16-bit WFDB holds a decoded generated slice without rounding it further.

        Decoded values of the adapted range, centered at their median, are multiples of half a level.
        """
        range_mv = getattr(self.standardization, "range_mv", None)
        return 2 * 255 / range_mv if range_mv else 2000.0

    def get_config(self) -> dict[str, Any]:
        """Returns what rebuilds this codec, fitted bounds included; JSON can write it."""
        return {
            "leads": list(self.leads),
            "standardization": self.standardization.get_config(),
            "arrangement": self.arrangement,
            "length": self.length,
            "fs": self.fs,
            "image_shape": list(self.image_shape),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> EcgImageCodec:
        """Rebuilds the codec that `get_config` described."""
        arguments = dict(config)
        arguments["standardization"] = standardization_from_config(arguments["standardization"])
        arguments["image_shape"] = tuple(arguments["image_shape"])
        return cls(**arguments)

    def _check_leads(self, n_leads: int) -> None:
        if n_leads != len(self.leads):
            raise InputError(f"The codec's leads are {', '.join(self.leads)}. Received: {n_leads} leads.")

    @staticmethod
    def _lower_median(signal_mv: np.ndarray) -> np.ndarray:
        # Sorting and taking one element is exact in NumPy and in TensorFlow alike; averaging two would not be.
        middle = (signal_mv.shape[1] - 1) // 2
        return np.sort(signal_mv, axis=1)[:, middle : middle + 1, :]


def _shape(length: int, image_shape: tuple[int, int] | None) -> tuple[int, int]:
    if length < 1:
        raise InputError(f"A slice needs at least one sample. Received: length={length}.")
    if image_shape is None:
        side = math.isqrt(length)
        if side * side != length:
            raise InputError(
                f"A slice must fill a square image, so its length must be a square number, or image_shape must be "
                f"given. Received: length={length}. Nearest: {side**2} ({side}x{side}) and "
                f"{(side + 1) ** 2} ({side + 1}x{side + 1})."
            )
        return side, side
    height, width = image_shape
    if height * width != length:
        raise InputError(f"A slice must fill its image. Received: length={length}, image_shape={height}x{width}.")
    return int(height), int(width)
