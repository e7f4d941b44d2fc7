"""Distortions of the sheet itself: age, creases, stains, a folded corner."""

from __future__ import annotations

import cv2
import numpy as np

from ecg_synth.paper.distort import DISTORTIONS, OnPaper, Parameters
from ecg_synth.paper.sheet import LABELS, Sheet

Size = tuple[float, float]


@DISTORTIONS.register("aging")
class Aging(OnPaper):
    """Paper that has yellowed, unevenly."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 12, 20 and 40 % less of red, green and blue, and blotches of half of that."""
        return {
            "less": (np.array([0.12, 0.20, 0.40]) * strength * stream.uniform(0.3, 1)).tolist(),
            "blotches": stream.uniform(-1, 1, (6, 8)).round(3).tolist(),
        }

    def apply(self, sheet: Sheet, given: Parameters) -> None:
        """Tints."""
        columns, rows = sheet.raster_mm()
        blotches = np.array(given["blotches"], dtype=np.float32)
        colors = 1 - np.float32(given["less"]) * (1 + np.float32(0.5) * blotches[..., None])
        sheet.shade(cv2.resize(colors, (len(columns), len(rows)), interpolation=cv2.INTER_CUBIC))


@DISTORTIONS.register("crease")
class Crease(OnPaper):
    """Lines along which the page was folded: one flank dark, the other light."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """One to five lines that darken by up to 45 %."""
        lines = []
        for _ in range(1 + round(4 * strength)):
            lines.append(
                {
                    "through_mm": (stream.uniform(0.1, 0.9, 2) * size_mm).tolist(),
                    # Most folds run along the page or across it.
                    "radians": float(stream.choice((0, np.pi / 2)) + stream.normal(0, 0.15)),
                    "width_mm": float(stream.uniform(0.4, 1.2)),
                    "darkens": float(0.45 * strength * stream.uniform(0.4, 1)),
                    "flank_mm": float(stream.uniform(8, 30)),
                }
            )
        return {"lines": lines}

    def apply(self, sheet: Sheet, given: Parameters) -> None:
        """Shades."""
        columns, rows = sheet.raster_mm()
        for line in given["lines"]:
            sine, cosine = np.float32(np.sin(line["radians"])), np.float32(np.cos(line["radians"]))
            x, y = np.asarray(line["through_mm"], dtype=np.float32)
            away = np.add.outer(cosine * (rows - y), -sine * (columns - x))
            share = np.exp(-((away / np.float32(line["width_mm"])) ** 2))
            # The one flank lies in shade.
            flank = np.float32(0.3) * np.exp(np.minimum(-away / np.float32(line["flank_mm"]), 0))
            np.maximum(share, flank, out=share, where=away > 0)
            share *= np.float32(-line["darkens"])
            share += 1
            sheet.shade(share)


@DISTORTIONS.register("stain")
class Stain(OnPaper):
    """Rings and spots of coffee."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """One to four, of 8 to 40 mm, that take up to 55 % of the blue light."""
        spots = []
        for _ in range(1 + round(3 * strength)):
            spots.append(
                {
                    "center_mm": (stream.uniform(0, 1, 2) * size_mm).tolist(),
                    "radius_mm": float(stream.uniform(8, 40)),
                    "wobble": stream.uniform(-0.06, 0.06, 5).tolist(),
                    "ring_mm": float(stream.uniform(0.8, 2.5)),
                    "takes": float(0.55 * strength * stream.uniform(0.4, 1)),
                    "filled": float(stream.uniform(0, 0.5)),
                }
            )
        return {"spots": spots}

    def apply(self, sheet: Sheet, given: Parameters) -> None:
        """Tints."""
        columns, rows = sheet.raster_mm()
        color = np.array([0.35, 0.6, 1.0], dtype=np.float32)
        for spot in given["spots"]:
            # Farther out than four widths of the ring a level is not reached.
            reach = spot["radius_mm"] * (1 + np.abs(spot["wobble"]).sum()) + max(4 * spot["ring_mm"], 5.0)
            (left, x), (top, y) = (
                _near(places, center, reach) for places, center in zip((columns, rows), spot["center_mm"], strict=True)
            )
            angle = np.arctan2(y[:, None], x)
            turns = np.linspace(-np.pi, np.pi, 721)
            wobble = sum(w * np.cos((k + 2) * turns + k) for k, w in enumerate(spot["wobble"]))
            radius = np.interp(angle, turns, spot["radius_mm"] * (1 + wobble)).astype(np.float32)
            inside = radius - np.hypot(x, y[:, None])
            ring = np.exp(-((inside / np.float32(spot["ring_mm"])) ** 2))
            filled = np.float32(spot["filled"]) / (1 + np.exp(np.clip(-2 * inside, -30, 30)))
            sheet.shade(1 - np.float32(spot["takes"]) * np.maximum(ring, filled)[..., None] * color, (top, left))


def _near(places: np.ndarray, center: float, reach: float) -> tuple[slice, np.ndarray]:
    """Which of ascending places are within reach of a center, and how far they are from it."""
    part = slice(*np.searchsorted(places, (center - reach, center + reach)))
    return part, places[part] - np.float32(center)


@DISTORTIONS.register("fold")
class Fold(OnPaper):
    """A corner folded over: it hides what is under it, and where it was is no paper."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """One corner, up to 60 mm along each edge."""
        return {
            "corner": int(stream.integers(4)),
            "along_mm": (60 * strength * stream.uniform(0.4, 1, 2)).tolist(),
            "gray": int(stream.integers(190, 235)),
        }

    def apply(self, sheet: Sheet, given: Parameters) -> None:
        """Draws the flap, and what is gone as off the page."""
        right, bottom = given["corner"] in (1, 2), given["corner"] in (2, 3)
        corner = np.array([right, bottom]) * sheet.size_mm
        inwards = np.array([-1 if right else 1, -1 if bottom else 1])
        on_x = corner + inwards * given["along_mm"] * (1, 0)
        on_y = corner + inwards * given["along_mm"] * (0, 1)
        edge = (on_y - on_x) / np.hypot(*(on_y - on_x))
        # The corner, mirrored in the fold.
        tip = 2 * (on_x + edge * ((corner - on_x) @ edge)) - corner
        gray = given["gray"]
        sheet.polygon(np.array([on_x, on_y, corner]), sheet.style.paper, LABELS["off_page"])
        sheet.polygon(np.array([on_x, on_y, tip]) + inwards * 0.7, (60, 60, 60), None, 0.35)
        sheet.polygon(np.array([on_x, on_y, tip]), (gray, gray, gray), LABELS["overlay"])
