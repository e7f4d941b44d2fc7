"""The codec: slices in mV <-> ECG images, exactly and in both directions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ecg_synth.codec.independent import independent_leads, restore_leads
from ecg_synth.codec.place import place
from ecg_synth.codec.standardize import STANDARDIZATIONS, Standardization, standardization_from_config
from ecg_synth.config import CodecConfig
from ecg_synth.errors import InputError
from ecg_synth.signals.leads import normalize_lead
from ecg_synth.signals.resample import resample
from ecg_synth.signals.slicing import cut


class Encoded(NamedTuple):
    """Images of some slices.

    Attributes:
        images: uint8 (slices, *codec.full_shape).
        offset: float32 (slices, stored leads) in mV: what `decode` needs to give absolute values back.
        saturated: bool (slices,): a sample lay beyond the standardization's range and was cut to it.
    """

    images: np.ndarray
    offset: np.ndarray
    saturated: np.ndarray


class EcgImageCodec:
    """Turns slices of an ECG into small images and back (P1, 3.3.1 and 3.3.2).

    Each stored lead fills a small image of its own, sample by sample in the order of the arrangement; the layout puts
    these images together. Pixels that no sample takes, at the arrangement's end and in empty tiles, are NULL: level 0,
    which then no sample has. The constructor's arguments are the attributes and the config.

    Args:
        leads: Leads of a slice, in the order of its columns.
        standardization: A name in `STANDARDIZATIONS`, or an instance of `Standardization`. By name, levels start at 1
            where the image has NULL pixels and at 0 where it has none.
        arrangement: A name in `ARRANGEMENTS`; `"random:7"` is the random one with seed 7.
        length: Samples a slice.
        fs: Sampling rate of a slice in Hz.
        image_shape: (height, width) of one lead's image in pixels; default the smallest square that holds `length`.
        layout: A name in `LAYOUTS`: how the leads share an image.
        independent: Store leads i and ii alone of the six limb leads, and compute the others on decoding, so that
            Einthoven's and Goldberger's equations hold to the bit in whatever is decoded.
        stride: Samples from the start of a slice to that of the next; 0 is `length`, so that slices neither overlap
            nor leave gaps.

    Attributes:
        stored_leads: The leads on the image, in its order: all of `leads` unless `independent`.
        full_shape: (height, width, channels) of a whole image.
        position: int32 (length, stored leads): flat index on the whole image of every sample.

    Raises:
        InputError: A name is unknown, `length` samples do not fit the image, the image has NULL pixels and the given
            standardization starts at level 0, or a derived lead is asked for without i and ii.
    """

    def __init__(
        self,
        leads: Sequence[str] = ("i",),
        standardization: str | Standardization = "adapted",
        arrangement: str = "z",
        length: int = 2025,
        fs: float = 1000.0,
        image_shape: Sequence[int] | None = None,
        layout: str = "stacked",
        independent: bool = False,
        stride: int = 0,
    ):
        if isinstance(leads, str):
            leads = (leads,)
        self.leads = tuple(normalize_lead(lead) for lead in leads)
        if not self.leads:
            raise InputError("A codec needs at least one lead. Received: leads=().")
        self.arrangement = arrangement
        self.length = int(length)
        self.fs = float(fs)
        self.layout = layout
        self.independent = bool(independent)
        if stride < 0:
            raise InputError(f"Slices must begin at least one sample apart, or 0 for 'length'. Received: {stride=}.")
        self.stride = int(stride) or self.length
        self.stored_leads = independent_leads(self.leads) if self.independent else self.leads
        self.image_shape, self.full_shape, self.position = place(
            arrangement, layout, self.length, len(self.stored_leads), image_shape
        )
        if isinstance(standardization, str):
            standardization = STANDARDIZATIONS[standardization](a=int(self.has_null))
        if self.has_null and standardization.a == 0:
            raise InputError(
                f"Where pixels are NULL (level 0), the levels of samples must start at 1. Received: "
                f"standardization={standardization.name!r} with a=0, and {math.prod(self.full_shape)} pixels for "
                f"{self.position.size} samples. Give the standardization a=1."
            )
        self.standardization = standardization

    @classmethod
    def from_choice(cls, choice: CodecConfig) -> EcgImageCodec:
        """Builds the codec that a `CodecConfig` names; bounds, where needed, are not fitted yet."""
        return cls(**{**vars(choice), "image_shape": choice.image_shape or None})

    def fit(self, batches: Iterable[np.ndarray]) -> EcgImageCodec:
        """Returns a codec whose bounds are those of the training slices.

        Args:
            batches: Arrays (slices, length, leads) in mV; read once, one after the other.
        """
        if not self.standardization.needs_fit:
            return self
        config = self.get_config()
        stored = (self._stored(batch) for batch in batches)
        config["standardization"] = self.standardization.fit(stored, len(self.stored_leads)).get_config()
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
        return self.encode_slices(cut(resample(signal_mv, fs, self.fs), self.length, stride=self.stride).signal_mv)

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
        levels, offset, saturated = self.standardization.encode(self._stored(slices_mv))
        images = np.zeros((len(levels), math.prod(self.full_shape)), dtype=np.uint8)
        images[:, self.position.ravel()] = levels.reshape(len(levels), self.position.size)
        return Encoded(images.reshape(-1, *self.full_shape), offset, saturated)

    def decode(self, images: np.ndarray, offset: np.ndarray | None = None) -> np.ndarray:
        """Decodes images to slices in mV.

        Args:
            images: uint8 (slices, *full_shape), from data or from a generator. NULL pixels are not looked at.
            offset: (slices, stored leads) in mV as `encode` gave it. Without it, a standardization that counts from the
                slice's minimum has lost the absolute value, and each stored lead is shifted so that its median is
                0 mV: the isoelectric line, where an ECG rests most of the time.

        Returns:
            float32 (slices, length, leads) in mV; in memory each lead is whole.

        Raises:
            InputError: The images have another shape or type, or the offset has another shape.
        """
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != self.full_shape:
            shape = ", ".join(map(str, self.full_shape))
            raise InputError(f"Images must be (slices, {shape}). Received: shape={images.shape}.")
        if images.dtype != np.uint8:
            raise InputError(f"Images must be uint8 grey levels. Received: dtype={images.dtype}.")
        n_leads = len(self.stored_leads)
        # Lead by lead, so that every step reads memory in order.
        flat = images.reshape(len(images), math.prod(self.full_shape))
        signal_mv = np.empty((n_leads, len(images), self.length), dtype=np.float32)
        for lead_mv, meaning, position in zip(signal_mv, self.table, self.position.T, strict=True):
            # There are 256 levels, so that nothing is clipped: NumPy is only told not to look for what cannot be.
            np.take(meaning, np.take(flat, position, axis=1), out=lead_mv, mode="clip")
        if self.standardization.keeps_offset and offset is None:
            signal_mv -= self._lower_median(signal_mv)
        elif self.standardization.keeps_offset:
            offset = np.asarray(offset, dtype=np.float32)
            if offset.shape != (len(images), n_leads):
                raise InputError(
                    f"Offsets must be one a slice and stored lead: {(len(images), n_leads)}. "
                    f"Received: offset.shape={offset.shape}. The stored leads are {', '.join(self.stored_leads)}."
                )
            signal_mv += offset.T[:, :, None]
        if self.stored_leads != self.leads:
            signal_mv = np.stack(restore_leads(signal_mv, self.stored_leads, self.leads))
        return signal_mv.transpose(1, 2, 0)

    @property
    def channels(self) -> int:
        """Channels of a whole image."""
        return self.full_shape[2]

    @property
    def has_null(self) -> bool:
        """Whether a whole image has pixels that hold no sample; they are 0."""
        return math.prod(self.full_shape) > self.position.size

    @property
    def null_pixels(self) -> np.ndarray:
        """Flat indices of a whole image's pixels that hold no sample and are 0, int (pixels,)."""
        return np.setdiff1d(np.arange(math.prod(self.full_shape)), self.position)

    @property
    def table(self) -> np.ndarray:
        """What a level means: float32 (stored leads, 256) in mV, before any offset."""
        return self.standardization.table(len(self.stored_leads))

    @property
    def adc_gain(self) -> float:
        """Units per mV at which 16-bit WFDB holds a decoded generated slice without rounding it further.

        Decoded values of the adapted range, centered at their median, are multiples of half a level, and Goldberger's
        leads, where they are computed, of a quarter.
        """
        range_mv = getattr(self.standardization, "range_mv", None)
        if not range_mv:
            return 2000.0
        parts = 2 if self.stored_leads == self.leads else 4
        return parts * self.standardization.steps / range_mv

    def get_config(self) -> dict[str, Any]:
        """Returns what rebuilds this codec, fitted bounds included; JSON can write it."""
        return {
            "leads": list(self.leads),
            "standardization": self.standardization.get_config(),
            "arrangement": self.arrangement,
            "length": self.length,
            "fs": self.fs,
            "image_shape": list(self.image_shape),
            "layout": self.layout,
            "independent": self.independent,
            "stride": self.stride,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> EcgImageCodec:
        """Rebuilds the codec that `get_config` described, in this version or before layouts were."""
        arguments = dict(config)
        arguments["standardization"] = standardization_from_config(arguments["standardization"])
        arguments["image_shape"] = tuple(arguments["image_shape"])
        return cls(**arguments)

    def _check_leads(self, n_leads: int) -> None:
        if n_leads != len(self.leads):
            raise InputError(f"The codec's leads are {', '.join(self.leads)}. Received: {n_leads} leads.")

    def _stored(self, slices_mv: np.ndarray) -> np.ndarray:
        if self.stored_leads == self.leads:
            return slices_mv
        return slices_mv[..., [self.leads.index(lead) for lead in self.stored_leads]]

    @staticmethod
    def _lower_median(signal_mv: np.ndarray) -> np.ndarray:
        # Taking one element in order of size is exact in NumPy and in TensorFlow alike; averaging two would not be.
        middle = (signal_mv.shape[-1] - 1) // 2
        return np.partition(signal_mv, middle, axis=-1)[..., middle : middle + 1]
