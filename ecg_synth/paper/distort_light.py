"""Distortions by light: uneven, shaded, warm or cold."""

from __future__ import annotations

import numpy as np

from ecg_synth.paper.distort import DISTORTIONS, Light, Parameters

Size = tuple[float, float]


@DISTORTIONS.register("light")
class Uneven(Light):
    """Brighter on one side, darker towards the corners."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Falls by up to 45 % across the picture, and 30 % in the corners."""
        return {
            "radians": float(stream.uniform(0, 2 * np.pi)),
            "falls": 0.45 * strength * float(stream.uniform(0.3, 1)),
            "corners": 0.3 * strength * float(stream.uniform(0, 1)),
        }

    def field(self, places: np.ndarray, given: Parameters) -> np.ndarray:
        """A slope and a vignette."""
        off = places - 0.5
        along = off @ [np.cos(given["radians"]), np.sin(given["radians"])]
        slope = 1 - given["falls"] * (along / np.sqrt(2) + 0.5)
        return (slope * (1 - given["corners"] * 2 * (off**2).sum(axis=-1)))[..., None]


@DISTORTIONS.register("shadow")
class Shadow(Light):
    """Of a hand or a phone: dark on one side of a soft, bent edge."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Takes up to 60 % of the light."""
        return {
            "through": stream.uniform(0.2, 0.8, 2).tolist(),
            "radians": float(stream.uniform(0, 2 * np.pi)),
            "takes": 0.6 * strength * float(stream.uniform(0.4, 1)),
            "soft": float(stream.uniform(0.02, 0.12)),
            "bend": float(stream.uniform(-1.5, 1.5)),
        }

    def field(self, places: np.ndarray, given: Parameters) -> np.ndarray:
        """A smooth step across a parabola."""
        off = places - given["through"]
        cosine, sine = np.cos(given["radians"]), np.sin(given["radians"])
        away = off @ [-sine, cosine] - given["bend"] * (off @ [cosine, sine]) ** 2
        return (1 - given["takes"] / (1 + np.exp(-np.clip(away / given["soft"], -40, 40))))[..., None]


@DISTORTIONS.register("temperature")
class Temperature(Light):
    """A lamp's color: warm or cold."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 30 % less blue, or 25 % less red."""
        warm = bool(stream.random() < 0.6)
        amount = strength * float(stream.uniform(0.3, 1))
        less = (0.0, 0.10, 0.30) if warm else (0.25, 0.08, 0.0)
        return {"colors": [1 - amount * part for part in less]}

    def field(self, places: np.ndarray, given: Parameters) -> np.ndarray:
        """The same everywhere."""
        return np.broadcast_to(np.array(given["colors"]), (*places.shape[:2], 3))
