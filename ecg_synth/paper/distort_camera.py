"""Distortions by cameras, scanners and files: they change values of pixels and move none."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from ecg_synth.paper.distort import DISTORTIONS, InCamera, Parameters

Size = tuple[float, float]


@DISTORTIONS.register("motion")
class Motion(InCamera):
    """A hand that moved: the mean over a short straight path around each pixel."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 1 mm."""
        return {"length_mm": strength * float(stream.uniform(0.3, 1)), "radians": float(stream.uniform(0, np.pi))}

    def apply(self, image: Image.Image, given: Parameters, px_per_mm: float) -> Image.Image:
        """Blurs symmetrically, so that nothing moves on average; at least 3 and at most 5 pixels wide a pass."""
        length = given["length_mm"] * px_per_mm
        side = 3 if length <= 3 else 5
        # Repeated passes add their variances: length**2 / 12 in all.
        passes = max(1, round((length / side) ** 2))
        along = np.array([np.cos(given["radians"]), np.sin(given["radians"])])
        offsets = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) - side // 2
        across = np.abs(offsets @ [-along[1], along[0]])
        kernel = np.clip(1 - across, 0, None) * (np.abs(offsets @ along) <= side / 2)
        blur = ImageFilter.Kernel((side, side), (kernel / kernel.sum()).ravel().tolist(), scale=1)
        for _ in range(min(passes, 4)):
            image = image.filter(blur)
        return image


@DISTORTIONS.register("blur")
class Blur(InCamera):
    """Out of focus: a Gaussian."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 0.3 mm of standard deviation."""
        return {"sigma_mm": 0.3 * strength * float(stream.uniform(0.3, 1))}

    def apply(self, image: Image.Image, given: Parameters, px_per_mm: float) -> Image.Image:
        """Blurs."""
        sigma = given["sigma_mm"] * px_per_mm
        if sigma > 0.7:
            return image.filter(ImageFilter.GaussianBlur(sigma))
        # Three weights of the same variance, at half the time: a narrower Gaussian has no more.
        weights = np.array([sigma**2 / 2, 1 - sigma**2, sigma**2 / 2])
        return image.filter(ImageFilter.Kernel((3, 3), np.outer(weights, weights).ravel().tolist(), scale=1))


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

    def apply(self, image: Image.Image, given: Parameters, px_per_mm: float) -> Image.Image:
        """Looks every level up."""
        levels = (np.arange(256) / 255) ** given["gamma"]
        table = np.rint(given["black"] + levels * (given["white"] - given["black"])).astype(int)
        return image.point(table.tolist() * 3)


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

    def apply(self, image: Image.Image, given: Parameters, px_per_mm: float) -> Image.Image:
        """Multiplies by a wave."""
        x, y = (
            (2 * np.pi * wave * (np.arange(length) + 0.5) / px_per_mm).astype(np.float32)
            for wave, length in zip(given["wave_per_mm"], image.size, strict=True)
        )
        y = y + np.float32(given["phase"])
        # cos(x + y), which costs two products a pixel this way.
        wave = np.outer(np.cos(y), np.cos(x)) - np.outer(np.sin(y), np.sin(x))
        half = np.float32(255 * given["darkens"] / 2)
        field = Image.fromarray((np.float32(255.5) - half + wave * half).astype(np.uint8))
        return ImageChops.multiply(image, Image.merge("RGB", [field] * 3))


@DISTORTIONS.register("noise")
class Noise(InCamera):
    """A sensor's noise, the same in all colors."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 18 levels of standard deviation."""
        return {"levels": 18 * strength * float(stream.uniform(0.3, 1)), "seed": int(stream.integers(2**32))}

    def apply(self, image: Image.Image, given: Parameters, px_per_mm: float) -> Image.Image:
        """Adds."""
        width, height = image.size
        # A million draws, laid out in rows that never line up: a fourth of the time, and no eye finds it.
        some = np.random.default_rng(given["seed"]).standard_normal(min(1_000_003, width * height), dtype=np.float32)
        some = np.clip(some * np.float32(given["levels"]) + 128, 0, 255).astype(np.uint8)
        noise = Image.fromarray(np.resize(some, width * height).reshape(height, width))
        return ImageChops.add(image, Image.merge("RGB", [noise] * 3), 1, -128)


@DISTORTIONS.register("black_white")
class BlackWhite(InCamera):
    """A copy in black and white, with few grays left."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """The stronger, the fewer the grays."""
        return {"threshold": int(stream.integers(90, 200)), "steep": 1 + 12 * strength}

    def apply(self, image: Image.Image, given: Parameters, px_per_mm: float) -> Image.Image:
        """A steep tone curve."""
        levels = np.clip(128 + (np.arange(256) - given["threshold"]) * given["steep"], 0, 255)
        return image.convert("L").point(levels.astype(int).tolist()).convert("RGB")


@DISTORTIONS.register("fax")
class Fax(InCamera):
    """ITU-T T.4: 8.04 pixels a mm across, 7.7 or 3.85 lines a mm, black or white."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Coarse lines from strength 0.5 on."""
        return {"lines_per_mm": 3.85 if strength >= 0.5 else 7.7, "threshold": int(stream.integers(130, 200))}

    def apply(self, image: Image.Image, given: Parameters, px_per_mm: float) -> Image.Image:
        """Made coarser, thresholded, and brought back to the size of the picture."""
        rates = (8.04, given["lines_per_mm"])
        sent = tuple(max(1, round(n / px_per_mm * rate)) for n, rate in zip(image.size, rates, strict=True))
        coarse = image.convert("L").resize(sent, Image.Resampling.BOX)
        bits = coarse.point([0] * given["threshold"] + [255] * (256 - given["threshold"]))
        return bits.resize(image.size, Image.Resampling.NEAREST).convert("RGB")


@DISTORTIONS.register("jpeg")
class Jpeg(InCamera):
    """Compressed and opened again."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Quality 95 down to 10."""
        return {"quality": round(95 - 85 * strength * float(stream.uniform(0.5, 1)))}

    def apply(self, image: Image.Image, given: Parameters, px_per_mm: float) -> Image.Image:
        """There and back."""
        stored = io.BytesIO()
        image.save(stored, "JPEG", quality=given["quality"])
        return Image.open(stored).convert("RGB")
