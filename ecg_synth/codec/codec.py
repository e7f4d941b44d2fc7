"""The codec: slices in mV <-> ECG images, exactly and in both directions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ecg_synth.codec.checks import check_images, check_leads, check_slices, check_together
from ecg_synth.codec.choose_placement import ALIGNMENTS, choose_placement, samples_before
from ecg_synth.codec.color import COLORS
from ecg_synth.codec.domain import DOMAINS, Domain
from ecg_synth.codec.independent import independent_leads, restore_leads
from ecg_synth.codec.interface import Encoded
from ecg_synth.codec.levels import dtype_of
from ecg_synth.codec.offset import add_offset
from ecg_synth.codec.ops import NumpyOps
from ecg_synth.codec.rebuild import from_config
from ecg_synth.codec.standardization import STANDARDIZATIONS, Standardization
from ecg_synth.codec.wfdb_units import adc_gain, wfdb_format
from ecg_synth.config import CodecConfig
from ecg_synth.errors import InputError, check_choice
from ecg_synth.signals.beats import cut_with_beats, r_peaks_of
from ecg_synth.signals.leads import normalize_lead
from ecg_synth.signals.resample import resample
from ecg_synth.signals.slicing import Slices

_OPS = NumpyOps()


class EcgImageCodec:
    """Turns slices of an ECG into small images and back (P1, 3.3.1 and 3.3.2).

    Each stored lead fills a small image of its own, sample by sample in the order of the arrangement; the layout puts
    these images together. Pixels that no sample takes, at the arrangement's end and in empty tiles, are NULL: level 0,
    which then no sample has. The constructor's arguments are the attributes and the config.

    Args:
        leads: Leads of a slice, in the order of its columns.
        standardization: A name in `STANDARDIZATIONS`, or an instance of `Standardization`. By name, levels start at 1
            where the image has NULL pixels, at 0 where it has none, and at 16 with the arrangement `beats`.
        arrangement: A name in `ARRANGEMENTS`; `"random:7"` is the random one with seed 7.
        length: Samples a slice.
        fs: Sampling rate of a slice in Hz.
        image_shape: (height, width) of one lead's image in pixels; default the smallest square that holds `length`,
            and for `beats` that of `place_beats.beats_shape`.
        layout: A name in `LAYOUTS`: how the leads share an image.
        independent: Store leads i and ii alone of the six limb leads, and compute the others on decoding, so that
            Einthoven's and Goldberger's equations hold to the bit in whatever is decoded.
        stride: Samples from the start of a slice to that of the next; 0 is `length`, so that slices neither overlap
            nor leave gaps.
        color: A name in `COLORS`: the space that three leads, stacked as red, green and blue, are stored in.
        domain: A name in `DOMAINS`, or an instance of `Domain`: whether pixels hold samples or frequencies.
        bits: Bits a level, 8 or 16: the adapted range's error is half of 2.5 mV/255 or of 2.5 mV/65535 at most.
        align: `"none"`, or `"r_peak"`: slices begin `r_peak_at` before an R peak, at least `stride` samples apart.
        r_peak_at: Seconds from the start of an aligned slice, or of a row of the arrangement `beats`, to its R peak.

    Attributes:
        stored_leads: The leads on the image, in its order: all of `leads` unless `independent`.
        full_shape: (height, width, channels) of a whole image.
        placed_shape: The same before the leads' levels become another color space's.
        position: int32 (length, stored leads): flat index of every sample on an image of `placed_shape`; for `beats`
            in a slice without beats.
        placement: What writes levels on the image and reads them back.
        needs_r_peaks: A recording's R peaks decide where slices begin, or where samples stand.

    Raises:
        InputError: A name is unknown, `length` samples do not fit the image, the image has NULL pixels and the given
            standardization starts at level 0, a derived lead is asked for without i and ii, or the color space or
            the domain does not go with the rest.
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
        color: str = "rgb",
        domain: str | Domain = "time",
        bits: int = 8,
        align: str = "none",
        r_peak_at: float = CodecConfig.r_peak_at,
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
        self.align = check_choice("align", align, ALIGNMENTS)
        self.r_peak_at = float(r_peak_at)
        self.placement = choose_placement(
            arrangement, layout, self.length, len(self.stored_leads), image_shape, self.fs, self.r_peak_at, bits
        )
        self.image_shape, self.placed_shape = self.placement.image_shape, self.placement.full_shape
        self.position = self.placement.position
        self.needs_r_peaks = self.align == "r_peak" or self.placement.needs_r_peaks
        if isinstance(standardization, str):
            standardization = STANDARDIZATIONS[standardization](a=self.placement.lowest_level, bits=bits)
        self.bits = standardization.bits
        self.dtype = dtype_of(self.bits)
        self.color = color
        self.color_space = COLORS[color](self.bits)
        self.full_shape = self.color_space.full_shape(self.placed_shape, layout)
        self.domain = DOMAINS[domain]() if isinstance(domain, str) else domain
        check_together(self.placement, self.domain, standardization, bits, arrangement, color)
        self.standardization = standardization

    @classmethod
    def from_choice(cls, choice: CodecConfig) -> EcgImageCodec:
        """Builds the codec that a `CodecConfig` names; bounds, where needed, are not fitted yet."""
        return cls(**{**vars(choice), "image_shape": choice.image_shape or None})

    def fit(self, batches: Iterable[np.ndarray]) -> EcgImageCodec:
        """Returns a codec whose bounds are those of the training slices.

        Args:
            batches: Arrays (slices, length, leads) in mV; read one after the other, once in the time domain and twice
                in others. An iterator, which gives them only once, is then kept in memory.
        """
        if not self.standardization.needs_fit:
            return self
        config, domain, n_leads = self.get_config(), self.domain, len(self.stored_leads)
        if domain.needs_fit:
            batches = list(batches) if isinstance(batches, Iterator) else batches
            domain = domain.fit((self._stored(batch) for batch in batches), n_leads)
            config["domain"] = domain.get_config()
        values = (domain.forward(self._stored(batch)) for batch in batches)
        config["standardization"] = self.standardization.fit(values, n_leads).get_config()
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
        check_leads(signal_mv.shape[1], self.leads)
        slices = self.cut(resample(signal_mv, fs, self.fs))
        return self.encode_slices(slices.signal_mv, slices.r_peaks)

    def cut(self, signal_mv: np.ndarray, record_name: str = "") -> Slices:
        """Cuts a recording, (samples, leads) in mV at the codec's rate, as `signals.beats.cut_with_beats` does."""
        aligned = samples_before(self.r_peak_at, self.fs) if self.align == "r_peak" else None
        return cut_with_beats(signal_mv, self.fs, self.length, record_name, self.stride, aligned, self.needs_r_peaks)

    def encode_slices(self, slices_mv: np.ndarray, r_peaks: Sequence[np.ndarray] | None = None) -> Encoded:
        """Encodes slices that are cut already.

        Args:
            slices_mv: (slices, length, leads) in mV at the codec's rate.
            r_peaks: For the arrangement `beats`: the R peaks of each slice as sample numbers in it, as `cut` gives
                them; without them they are looked for slice by slice, less surely than in a whole recording.

        Raises:
            InputError: The shape or the number of lists is another, or a sample is not finite.
        """
        check_slices(slices_mv, self.length, self.leads)
        levels, offset, saturated = self.standardization.encode(self.domain.forward(self._stored(slices_mv)))
        if self.placement.needs_r_peaks:
            r_peaks = r_peaks_of(slices_mv, self.fs, r_peaks)
        images = self.placement.scatter(levels, r_peaks).reshape(-1, *self.placed_shape)
        return Encoded(self.color_space.encode(images), offset, saturated)

    def decode(self, images: np.ndarray, offset: np.ndarray | None = None) -> np.ndarray:
        """Decodes images to slices in mV.

        Args:
            images: uint8, or uint16 with 16 bits (slices, *full_shape), from data or from a generator. NULL pixels are
                not looked at.
            offset: (slices, stored leads) in mV as `encode` gave it. Without it, a standardization that counts from the
                slice's minimum has lost the absolute value, and each stored lead is shifted so that its median is
                0 mV: the isoelectric line, where an ECG rests most of the time.

        Returns:
            float32 (slices, length, leads) in mV; in memory each lead is whole.

        Raises:
            InputError: The images have another shape or type, or the offset has another shape.
        """
        images = check_images(images, self.full_shape, self.dtype)
        n_leads = len(self.stored_leads)
        flat = self.color_space.decode(images, _OPS).reshape(len(images), math.prod(self.placed_shape))
        signal_mv = np.empty((n_leads, len(images), self.length), dtype=np.float32)
        by_lead = self.placement.gather(flat, self.standardization.a)
        for lead_mv, meaning, levels in zip(signal_mv, self.table, by_lead, strict=True):
            # The table has every level of the type, so that nothing is clipped: NumPy is only told not to look.
            np.take(meaning, levels, out=lead_mv, mode="clip")
        signal_mv = self.domain.inverse(signal_mv, _OPS)
        if self.standardization.keeps_offset:
            add_offset(signal_mv, offset, self.stored_leads)
        if self.stored_leads != self.leads:
            signal_mv = np.stack(restore_leads(signal_mv, self.stored_leads, self.leads))
        return signal_mv.transpose(1, 2, 0)

    @property
    def index_step(self) -> int:
        """Samples of a recording that `slice_index` counts in: a slice begins at slice_index * index_step."""
        return 1 if self.align == "r_peak" else self.stride

    @property
    def channels(self) -> int:
        """Channels of a whole image."""
        return self.full_shape[2]

    @property
    def has_null(self) -> bool:
        """Whether a whole image has pixels that hold no sample; they are 0, or black in another color space."""
        return self.placement.lowest_level > 0

    @property
    def null_pixels(self) -> np.ndarray:
        """Flat indices of the pixels that are 0 in every image, int (pixels,); in other colors than rgb none is."""
        return self.placement.null_pixels[: None if self.color == "rgb" else 0]

    @property
    def table(self) -> np.ndarray:
        """What a level means: float32 (stored leads, 2**bits) in mV or what the domain has, before any offset."""
        return self.standardization.table(len(self.stored_leads))

    @property
    def adc_gain(self) -> float:
        """Units per mV at which WFDB of `wfdb_format` holds a decoded generated slice without rounding it further."""
        return adc_gain(self.standardization, self.stored_leads != self.leads)

    @property
    def wfdb_format(self) -> str:
        """WFDB's format 16 or 32: what the samples of such a slice fit into."""
        return wfdb_format(self.bits)

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
            "color": self.color,
            "domain": self.domain.get_config(),
            "bits": self.bits,
            "align": self.align,
            "r_peak_at": self.r_peak_at,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> EcgImageCodec:
        """Rebuilds the codec that `get_config` described, in this version or before layouts were."""
        arguments = dict(config)
        arguments["standardization"] = from_config(STANDARDIZATIONS, arguments["standardization"])
        if "domain" in arguments:
            arguments["domain"] = from_config(DOMAINS, arguments["domain"])
        return cls(**arguments)

    def _stored(self, slices_mv: np.ndarray) -> np.ndarray:
        if self.stored_leads == self.leads:
            return slices_mv
        return slices_mv[..., [self.leads.index(lead) for lead in self.stored_leads]]
