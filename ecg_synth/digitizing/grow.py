"""Millimetres of a page at places all over its picture: the grid's phase, followed from window to window."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

PERIOD_MM = 5.0
STEP_MM, RADIUS_MM = 7.5, 12.5
ALL, FINE = (1, 2, 3, 4, 5), (5,)
"""Harmonics of 5 mm: of a grid with heavy lines, and of one whose lines are all alike and 1 mm apart."""
_SEEN, _ASTRAY = 0.03, 0.2


class Nodes(NamedTuple):
    """Places whose position on the page is known.

    Attributes:
        picture: (n, 2) pixels.
        page_mm: (n, 2) from an arbitrary crossing of heavy lines.
        slope: (n, 2, 2) mm a pixel: row 0 of the position along the page, row 1 of that down it.
        seen: (n,) share of the picture's variation around it that the grid explains.
    """

    picture: np.ndarray
    page_mm: np.ndarray
    slope: np.ndarray
    seen: np.ndarray


def measure(
    density: np.ndarray, center: np.ndarray, slope: np.ndarray, radius: float, harmonics: tuple[int, ...]
) -> tuple:
    """Demodulates a window with a known slope.

    Args:
        density: (height, width) darkness around 0.
        center: (2,) pixels, x and y.
        slope: (2, 2) mm a pixel.
        radius: Of the window in pixels.
        harmonics: Of 5 mm, those to use.

    Returns:
        Position in mm modulo the longest wave (2,), and the shares of the variation that both families of lines
        explain (2,); None where the window is outside.
    """
    left, top = (int(max(0, np.floor(value - radius))) for value in center)
    patch = density[top : int(center[1] + radius) + 1, left : int(center[0] + radius) + 1]
    if min(patch.shape) < radius:
        return None, None
    x = np.arange(left, left + patch.shape[1]) + 0.5 - center[0]
    y = np.arange(top, top + patch.shape[0]) + 0.5 - center[1]
    taper_x, taper_y = (0.5 + 0.5 * np.cos(np.pi * np.clip(axis / radius, -1, 1)) for axis in (x, y))
    total = taper_x.sum() * taper_y.sum()
    mean = taper_y @ patch @ taper_x / total
    centered = patch - mean
    power = taper_y @ centered**2 @ taper_x / total
    # (harmonics, families, pixels): what a wave is worth along an axis.
    turns = -2j * np.pi / PERIOD_MM * np.array(harmonics)[:, None, None]
    along, down = (np.exp(turns * slope[:, axis, None] * at) for axis, at in enumerate((x, y)))
    found = ((taper_y * down) @ centered * (taper_x * along)).sum(axis=-1) / total
    return phase_mm(found, harmonics), 2 * (np.abs(found) ** 2).sum(axis=0) / max(power, 1e-9)


def phase_mm(found: np.ndarray, harmonics: tuple[int, ...]) -> np.ndarray:
    """Returns a position in mm, modulo the longest wave, from amplitudes of harmonics of 5 mm, coarse to fine.

    Args:
        found: complex (harmonics, ...).
        harmonics: Which they are, rising.
    """
    mean, weight = np.zeros(found.shape[1:]), np.zeros(found.shape[1:])
    for k, amplitude in zip(harmonics, found, strict=True):
        wave = PERIOD_MM / k
        here = np.angle(amplitude) * wave / (2 * np.pi)
        here = here + np.where(weight > 0, wave * np.round((mean - here) / wave), 0.0)
        # The variance of a phase is inverse to the power, that of a place to the frequency squared as well.
        trust = (k * np.abs(amplitude)) ** 2 + 1e-12
        mean = (mean * weight + here * trust) / (weight + trust)
        weight = weight + trust
    return mean


def grow(density: np.ndarray, seed: np.ndarray, slope: np.ndarray, harmonics: tuple[int, ...]) -> Nodes:
    """Follows the grid over the whole picture, the clearest windows first.

    Args:
        density: (height, width).
        seed: (2,) where to begin, pixels.
        slope: (2, 2) mm a pixel there.
        harmonics: Of 5 mm, those to use.

    Returns:
        Every window in which both families of lines are seen and agree with its neighbors.
    """
    longest = PERIOD_MM / harmonics[0]
    mm = float(np.sqrt(abs(np.linalg.det(slope))))
    step, radius = STEP_MM / mm, RADIUS_MM / mm
    place, shares = measure(density, seed, slope, radius, harmonics)
    if place is None:
        return Nodes(np.empty((0, 2)), np.empty((0, 2)), np.empty((0, 2, 2)), np.empty(0))
    known: dict[tuple[int, int], tuple[np.ndarray, np.ndarray, np.ndarray, float]] = {}
    known[0, 0] = (np.asarray(seed, dtype=float), place, slope, float(shares.min()))
    queue: list[tuple[float, tuple[int, int]]] = [(-known[0, 0][3], (0, 0))]
    tried = {(0, 0)}
    height, width = density.shape
    while queue:
        _, (row, column) = heapq.heappop(queue)
        for ahead in ((row, column + 1), (row, column - 1), (row + 1, column), (row - 1, column)):
            if ahead in known:
                continue
            center = seed + step * np.array([ahead[1], ahead[0]])
            if not (0 <= center[0] < width and 0 <= center[1] < height):
                continue
            expected, tilt = _predict(known, ahead, center)
            place, shares = measure(density, center, tilt, radius, harmonics)
            if place is None:
                continue
            place = place + longest * np.round((expected - place) / longest)
            first = ahead not in tried
            tried.add(ahead)
            limit = _SEEN if first else 1.5 * _SEEN
            if shares.min() < limit or np.abs(place - expected).max() > _ASTRAY * longest:
                continue
            known[ahead] = (center, place, tilt, float(shares.min()))
            heapq.heappush(queue, (-known[ahead][3], ahead))
    picture, page, slopes, seen = (np.array(part) for part in zip(*known.values(), strict=True))
    return Nodes(picture, page, slopes, seen)


def _predict(known: dict, at: tuple[int, int], center: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position in mm and slope at a new node, from a plane through its known neighbors."""
    near = []
    for row in range(at[0] - 2, at[0] + 3):
        for column in range(at[1] - 2, at[1] + 3):
            if (row, column) in known:
                near.append(((row - at[0]) ** 2 + (column - at[1]) ** 2, known[row, column]))
    weight = np.array([node[3] / distance for distance, node in near])
    weight = weight / weight.sum()
    tilt = sum(one * node[2] for one, (_, node) in zip(weight, near, strict=True))
    away = np.array([node[0] - center for _, node in near])
    place = np.array([node[1] for _, node in near])
    # Deviations from the mean slope, fitted with a pull towards none of them.
    rest = place - away @ tilt.T
    size = np.abs(away).max()
    base = np.column_stack([np.ones(len(away)), away / size])
    normal = (base * weight[:, None]).T @ base + np.diag([0.0, 0.05, 0.05])
    fitted = np.linalg.solve(normal, (base * weight[:, None]).T @ rest)
    return fitted[0], tilt + fitted[1:].T / size
