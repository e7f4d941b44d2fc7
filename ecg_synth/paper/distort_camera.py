"""Distortions by cameras, scanners and files: they change values of pixels and move none."""

from __future__ import annotations

import functools

import cv2
import numpy as np
from PIL import Image

from ecg_synth.paper.distort import DISTORTIONS, InCamera, Parameters

Size = tuple[float, float]
NOISE_PERIOD = 1_000_003
"""Pixels after which a sensor's noise comes again; a prime, so that rows never line up."""


@DISTORTIONS.register("motion")
class Motion(InCamera):
    """A hand that moved: the mean over a short straight path around each pixel."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 1 mm."""
        return {"length_mm": strength * float(stream.uniform(0.3, 1)), "radians": float(stream.uniform(0, np.pi))}

    def apply(self, image: np.ndarray, given: Parameters, px_per_mm: float) -> np.ndarray:
        """Blurs symmetrically, so that nothing moves on average; at least 3 and at most 5 pixels wide a pass."""
        length = given["length_mm"] * px_per_mm
        side = 3 if length <= 3 else 5
        # Repeated passes add their variances: length**2 / 12 in all.
        passes = max(1, round((length / side) ** 2))
        along = np.array([np.cos(given["radians"]), np.sin(given["radians"])])
        offsets = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) - side // 2
        across = np.abs(offsets @ [-along[1], along[0]])
        kernel = np.clip(1 - across, 0, None) * (np.abs(offsets @ along) <= side / 2)
        kernel = (kernel / kernel.sum()).astype(np.float32)
        for _ in range(min(passes, 4)):
            image = cv2.filter2D(image, -1, kernel, dst=image, borderType=cv2.BORDER_REPLICATE)
        return image


@DISTORTIONS.register("blur")
class Blur(InCamera):
    """Out of focus: a Gaussian."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 0.3 mm of standard deviation."""
        return {"sigma_mm": 0.3 * strength * float(stream.uniform(0.3, 1))}

    def apply(self, image: np.ndarray, given: Parameters, px_per_mm: float) -> np.ndarray:
        """Blurs."""
        sigma = given["sigma_mm"] * px_per_mm
        if sigma > 0.7:
            side = 2 * int(np.ceil(3.5 * sigma)) + 1
            return cv2.GaussianBlur(image, (side, side), sigma, dst=image, borderType=cv2.BORDER_REPLICATE)
        # Three weights of the same variance: a narrower Gaussian has no more.
        weights = np.array([sigma**2 / 2, 1 - sigma**2, sigma**2 / 2], dtype=np.float32)
        return cv2.sepFilter2D(image, -1, weights, weights, dst=image, borderType=cv2.BORDER_REPLICATE)


@DISTORTIONS.register("contrast")
class Contrast(InCamera):
    """Exposed too long or too short, developed too soft."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Black up to 60 levels brighter, white up to 50 darker."""
        black, white = strength * stream.uniform(0, 1, 2) * (60, 50)
        return {
            "black": round(black),
            "white": 255 - round(white),
            "gamma": float(np.exp(0.4 * strength * stream.normal())),
        }

    def apply(self, image: np.ndarray, given: Parameters, px_per_mm: float) -> np.ndarray:
        """Looks every level up."""
        levels = (np.arange(256) / 255) ** given["gamma"]
        table = np.rint(given["black"] + levels * (given["white"] - given["black"])).astype(np.uint8)
        return cv2.LUT(image, table, dst=image)


@DISTORTIONS.register("moire")
class Moire(InCamera):
    """Faint bars, as where a screen or a scanner's raster meets the grid."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Bars of 1.5 to 8 mm that darken by up to 25 %."""
        angle = stream.uniform(0, np.pi)
        length = stream.uniform(1.5, 8)
        return {
            "wave_per_mm": [float(np.cos(angle) / length), float(np.sin(angle) / length)],
            "phase": float(stream.uniform(0, 2 * np.pi)),
            "darkens": 0.25 * strength * float(stream.uniform(0.3, 1)),
        }

    def apply(self, image: np.ndarray, given: Parameters, px_per_mm: float) -> np.ndarray:
        """Multiplies by a wave."""
        height, width = image.shape[:2]
        # The phase in 256ths of a turn: a sum of bytes goes round by itself.
        x, y = (
            wave * (np.arange(length) + 0.5) / px_per_mm
            for wave, length in zip(given["wave_per_mm"], (width, height), strict=True)
        )
        turns = np.add.outer(_bytes_of_turns(y + given["phase"] / (2 * np.pi)), _bytes_of_turns(x))
        wave = 1 + np.cos(2 * np.pi * np.arange(256) / 256)
        share = np.rint(255 * (1 - given["darkens"] * (1 - wave / 2))).astype(np.uint8)
        field = cv2.cvtColor(cv2.LUT(turns, share), cv2.COLOR_GRAY2RGB)
        return cv2.multiply(image, field, dst=image, scale=1 / 255)


def _bytes_of_turns(turns: np.ndarray) -> np.ndarray:
    return np.rint(turns % 1 * 256).astype(np.int64).astype(np.uint8)


@DISTORTIONS.register("noise")
class Noise(InCamera):
    """A sensor's noise, the same in all colors."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 18 levels of standard deviation."""
        return {"levels": 18 * strength * float(stream.uniform(0.3, 1)), "seed": int(stream.integers(2**32))}

    def apply(self, image: np.ndarray, given: Parameters, px_per_mm: float) -> np.ndarray:
        """Adds."""
        ranks = np.random.default_rng(given["seed"]).integers(0, 65536, (1, NOISE_PERIOD), dtype=np.uint16)
        levels = cv2.LUT(ranks, np.rint(given["levels"] * _normal_of_ranks()).astype(np.int8))
        brighter, darker = (
            cv2.cvtColor(np.maximum(some, 0).view(np.uint8), cv2.COLOR_GRAY2RGB).ravel() for some in (levels, -levels)
        )
        image = np.ascontiguousarray(image)
        values = image.reshape(-1)
        for start in range(0, values.size, brighter.size):
            part = values[start : start + brighter.size]
            cv2.add(part, brighter[: part.size], dst=part)
            cv2.subtract(part, darker[: part.size], dst=part)
        return image


@functools.lru_cache(maxsize=1)
def _normal_of_ranks() -> np.ndarray:
    """The standard normal's quantiles at 65536 equal steps: a random number of two bytes is drawn and looked up."""
    from scipy.special import ndtri

    return ndtri((np.arange(65536) + 0.5) / 65536).astype(np.float32)


@DISTORTIONS.register("black_white")
class BlackWhite(InCamera):
    """A copy in black and white, with few grays left."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """The stronger, the fewer the grays."""
        return {"threshold": int(stream.integers(90, 200)), "steep": 1 + 12 * strength}

    def apply(self, image: np.ndarray, given: Parameters, px_per_mm: float) -> np.ndarray:
        """A steep tone curve."""
        levels = np.clip(128 + (np.arange(256) - given["threshold"]) * given["steep"], 0, 255)
        gray = cv2.LUT(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), levels.astype(np.uint8))
        return cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB, dst=image)


@DISTORTIONS.register("fax")
class Fax(InCamera):
    """ITU-T T.4: 8.04 pixels a mm across, 7.7 or 3.85 lines a mm, black or white."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Coarse lines from strength 0.5 on."""
        return {"lines_per_mm": 3.85 if strength >= 0.5 else 7.7, "threshold": int(stream.integers(130, 200))}

    def apply(self, image: np.ndarray, given: Parameters, px_per_mm: float) -> np.ndarray:
        """Made coarser, thresholded, and brought back to the size of the picture."""
        size, rates = image.shape[1::-1], (8.04, given["lines_per_mm"])
        sent = tuple(max(1, round(n / px_per_mm * rate)) for n, rate in zip(size, rates, strict=True))
        # Pillow's box is the mean over what a coarse pixel covers, also where it is finer than the picture.
        coarse = Image.fromarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)).resize(sent, Image.Resampling.BOX)
        bits = np.where(np.asarray(coarse) < given["threshold"], np.uint8(0), np.uint8(255))
        seen = cv2.resize(bits, size, interpolation=cv2.INTER_NEAREST_EXACT)
        return cv2.cvtColor(seen, cv2.COLOR_GRAY2RGB, dst=image)


@DISTORTIONS.register("jpeg")
class Jpeg(InCamera):
    """Compressed and opened again."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Quality 95 down to 10."""
        return {"quality": round(95 - 85 * strength * float(stream.uniform(0.5, 1)))}

    def apply(self, image: np.ndarray, given: Parameters, px_per_mm: float) -> np.ndarray:
        """There and back."""
        quality = cv2.IMWRITE_JPEG_QUALITY, given["quality"]
        stored = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR, dst=image), quality)[1]
        return np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR_RGB))
