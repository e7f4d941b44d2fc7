"""Distortions that move what is seen: maps in mm, each from a position afterwards to the one before."""

from __future__ import annotations

import numpy as np

from ecg_synth.paper.distort import DISTORTIONS, Frame, Geometric, Parameters
from ecg_synth.paper.mesh import Backward

Size = tuple[float, float]


def _signed(stream: np.random.Generator, low: float, high: float) -> float:
    return float(stream.uniform(low, high) * stream.choice((-1, 1)))


@DISTORTIONS.register("curl")
class Curl(Geometric):
    """A page that does not lie flat: lines bend along a parabola, and the far side is foreshortened."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 10 mm of bend and 6 % of foreshortening."""
        return {
            "bend_mm": _signed(stream, 0.4, 1) * 10 * strength,
            "middle": float(stream.uniform(0.2, 0.8)),
            "foreshorten": _signed(stream, 0.2, 1) * 0.06 * strength,
            "upright": bool(stream.random() < 0.3),
        }

    def frame(self, size_mm: Size, given: Parameters) -> Frame:
        """The same size."""
        along, across = (1, 0) if given["upright"] else (0, 1)

        def backward(points: np.ndarray) -> np.ndarray:
            share = points[:, along] / size_mm[along]
            moved = points.copy()
            moved[:, across] += given["bend_mm"] * ((share - given["middle"]) ** 2 - 0.1)
            # Both ends stay where they are.
            moved[:, along] += given["foreshorten"] * size_mm[along] * share * (1 - share)
            return moved

        return Frame(size_mm, backward)


@DISTORTIONS.register("wrinkle")
class Wrinkle(Geometric):
    """Paper that has been crumpled and smoothed: many small waves."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Eight waves 25 to 120 mm long, together up to about 1.5 mm."""
        length_mm, angle = stream.uniform(25, 120, 8), stream.uniform(0, 2 * np.pi, 8)
        # The shorter a wave, the lower: paper does not stretch.
        height_mm = 0.4 * strength * length_mm / 120
        return {
            "wave_per_mm": np.column_stack([np.cos(angle) / length_mm, np.sin(angle) / length_mm]).tolist(),
            "phase": stream.uniform(0, 2 * np.pi, 8).tolist(),
            "move_mm": (stream.normal(size=(8, 2)) * height_mm[:, None]).tolist(),
        }

    def frame(self, size_mm: Size, given: Parameters) -> Frame:
        """The same size."""
        waves, move = np.array(given["wave_per_mm"]), np.array(given["move_mm"])

        def backward(points: np.ndarray) -> np.ndarray:
            return points + np.sin(2 * np.pi * points @ waves.T + given["phase"]) @ move

        return Frame(size_mm, backward)


@DISTORTIONS.register("pad")
class Pad(Geometric):
    """The page lies on something larger."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 15 % on each side."""
        left, top, right, bottom = (0.15 * strength * stream.uniform(0.1, 1, 4)).tolist()
        return {"left": left, "top": top, "right": right, "bottom": bottom}

    def frame(self, size_mm: Size, given: Parameters) -> Frame:
        """Larger."""
        width, height = size_mm
        move = np.array([given["left"] * width, given["top"] * height])
        larger = (width * (1 + given["left"] + given["right"]), height * (1 + given["top"] + given["bottom"]))
        return Frame(larger, lambda points: points - move)


@DISTORTIONS.register("perspective")
class Perspective(Geometric):
    """A camera that does not look straight down."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Each corner moves inwards by up to 12 % of width and height."""
        return {"inwards": (0.12 * strength * stream.uniform(0, 1, (4, 2))).tolist()}

    def frame(self, size_mm: Size, given: Parameters) -> Frame:
        """The same size; the page's corners are seen further inside."""
        size = np.array(size_mm)
        before = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * size
        after = before + np.array(given["inwards"]) * size * [(1, 1), (-1, 1), (-1, -1), (1, -1)]
        return Frame(size_mm, _homography(after, before))


def _homography(of: np.ndarray, to: np.ndarray) -> Backward:
    """The projective map that takes four points (4, 2) to four others."""
    rows = []
    for (x, y), (u, v) in zip(of, to, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    matrix = np.append(np.linalg.solve(np.array(rows, dtype=np.float64), to.reshape(-1)), 1.0).reshape(3, 3)

    def transform(points: np.ndarray) -> np.ndarray:
        moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
        return moved[:, :2] / moved[:, 2:]

    return transform


@DISTORTIONS.register("rotate")
class Rotate(Geometric):
    """Laid down at an angle."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 15 degrees either way."""
        return {"degrees": _signed(stream, 0.2, 1) * 15 * strength}

    def frame(self, size_mm: Size, given: Parameters) -> Frame:
        """As large as the turned page needs."""
        turn = np.deg2rad(given["degrees"])
        cosine, sine = np.cos(turn), np.sin(turn)
        width, height = size_mm
        larger = (width * abs(cosine) + height * abs(sine), width * abs(sine) + height * abs(cosine))
        matrix = np.array([(cosine, sine), (-sine, cosine)])
        middle, before = np.array(larger) / 2, np.array(size_mm) / 2
        return Frame(larger, lambda points: (points - middle) @ matrix.T + before)


@DISTORTIONS.register("lens")
class Lens(Geometric):
    """A lens that bends straight lines: Brown's first radial term."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 6 % at the corner."""
        return {"k1": _signed(stream, 0.2, 1) * 0.06 * strength, "center": stream.uniform(0.45, 0.55, 2).tolist()}

    def frame(self, size_mm: Size, given: Parameters) -> Frame:
        """The same size."""
        size = np.array(size_mm)
        center, corner = size * given["center"], float(np.hypot(*size)) / 2

        def backward(points: np.ndarray) -> np.ndarray:
            off = points - center
            radius = (off**2).sum(axis=1, keepdims=True) / corner**2
            return center + off * (1 + given["k1"] * radius)

        return Frame(size_mm, backward)


@DISTORTIONS.register("crop")
class Crop(Geometric):
    """The picture does not show all of the page."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Up to 8 % off each side."""
        left, top, right, bottom = (0.08 * strength * stream.uniform(0, 1, 4)).tolist()
        return {"left": left, "top": top, "right": right, "bottom": bottom}

    def frame(self, size_mm: Size, given: Parameters) -> Frame:
        """Smaller."""
        width, height = size_mm
        move = np.array([given["left"] * width, given["top"] * height])
        smaller = (width * (1 - given["left"] - given["right"]), height * (1 - given["top"] - given["bottom"]))
        return Frame(smaller, lambda points: points + move)
