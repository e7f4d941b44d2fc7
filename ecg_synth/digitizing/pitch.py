"""Pitch and angle of a grid, from the spectrum of windows of a picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.density import PLANES, flatten_density, plane_of, shrink, shrink_picture

WINDOW = 384
_PEAKS, _CANDIDATES = 24, 32
_NYQUIST, _FAINT = 0.46, 0.012
_LONGEST, _SMALLEST, _LINES = 2000, 400, 8
# Of at most 12 windows.
_CLEAR = 10.0
_LOWEST = 3.0 / WINDOW
_HARMONICS = 6
_SQUARE, _NEAR, _ENOUGH = 0.3, 0.15, 0.6


class Comb(NamedTuple):
    """One family of parallel lines.

    Attributes:
        frequency: (2,) cycles a pixel of its lowest harmonic.
        score: Mean share of its harmonics that stand out.
        heights: Of its first harmonics above the noise.
    """

    frequency: np.ndarray
    score: float
    heights: np.ndarray

    @property
    def length(self) -> float:
        """Of the frequency, cycles a pixel."""
        return float(np.hypot(*self.frequency))


class Pitch(NamedTuple):
    """A grid seen in one window.

    Attributes:
        across: The lines that run down the page.
        down: Those that run across it.
        center: (2,) of the window in the picture, pixels.
        plane: Which of `density.PLANES` shows it.
    """

    across: Comb
    down: Comb
    center: np.ndarray
    plane: str

    @property
    def score(self) -> float:
        """The lesser of both."""
        return min(self.across.score, self.down.score)


def spectrum(window: np.ndarray) -> np.ndarray:
    """Returns the amplitude spectrum over its local median, zero frequency in the middle; 1 is noise."""
    from scipy import ndimage

    taper = np.hanning(window.shape[0] + 2)[1:-1]
    tapered = (window - window.mean()) * np.outer(taper, taper)
    amplitude = np.abs(np.fft.fftshift(np.fft.fft2(tapered))).astype(np.float32)
    # The noise around each frequency, coarsely.
    small = shrink(amplitude, 8)
    noise = ndimage.zoom(ndimage.median_filter(small, 5, mode="nearest"), 8, order=1)
    return amplitude / np.maximum(noise, amplitude.max() * _FAINT + 1e-12)


def peaks_of(heights: np.ndarray) -> np.ndarray:
    """Returns frequencies (n, 2) in cycles a pixel of the highest peaks of a spectrum, on half of the plane."""
    from scipy import ndimage

    size = heights.shape[0]
    middle = size // 2
    smooth = ndimage.gaussian_filter(heights, 0.7)
    tops = (smooth == ndimage.maximum_filter(smooth, 5)) & (heights > 4)
    rows, columns = np.nonzero(tops)
    x, y = columns - middle, rows - middle
    far = np.hypot(x, y) / size
    keep = ((x > 0) | ((x == 0) & (y > 0))) & (far > _LOWEST) & (far < _NYQUIST)
    rows, columns = rows[keep], columns[keep]
    order = np.argsort(-smooth[rows, columns])[:_PEAKS]
    found = [_between(smooth, rows[k], columns[k]) for k in order]
    return (np.array(found).reshape(-1, 2) - middle) / size


def _between(smooth: np.ndarray, row: int, column: int) -> tuple[float, float]:
    """A peak's place (column, row) between pixels: parabolas through the logarithms."""
    place = []
    for line, at in ((smooth[row], column), (smooth[:, column], row)):
        if 0 < at < len(line) - 1:
            low, here, high = np.log(np.maximum(line[at - 1 : at + 2], 1e-6))
            bend = low - 2 * here + high
            place.append(at + (float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5)) if bend < 0 else 0.0))
        else:
            place.append(float(at))
    return place[0], place[1]


def combs_of(heights: np.ndarray) -> tuple[list[Comb], list[Comb]]:
    """Returns what the lines down the page and those across it may be, in a spectrum: the best comb of each pitch."""
    from scipy import ndimage

    highest = ndimage.maximum_filter(heights, 3)
    peaks = peaks_of(heights)
    found: tuple[list[Comb], list[Comb]] = ([], [])
    for upright, combs in zip((False, True), found, strict=True):
        ours = peaks[(np.abs(peaks[:, 1]) > np.abs(peaks[:, 0])) == upright]
        ours = ours * np.where(ours[:, [int(upright)]] < 0, -1, 1)
        frequencies = (ours[:, None] / np.arange(1, 7)[:, None]).reshape(-1, 2)
        frequencies = frequencies[np.hypot(*frequencies.T) >= _LOWEST]
        logs = np.log(np.hypot(*frequencies.T))
        scores, all_heights = _combs(highest, frequencies, heights.shape[0])
        taken: list[int] = []
        for k in np.argsort(-scores, kind="stable"):
            if (np.abs(logs[k] - logs[taken]) > 0.06).all():
                taken.append(int(k))
        # Of thin lines every fraction of their distance is as good a comb: the longest must not be lost among them.
        taken.sort(key=lambda k: (-round(float(scores[k]), 2), float(logs[k])))
        combs += [Comb(frequencies[k], float(scores[k]), all_heights[k]) for k in taken[:_CANDIDATES]]
    return found


def _combs(highest: np.ndarray, frequencies: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n,) and heights (n, harmonics) of combs of the lowest frequencies (n, 2)."""
    steps = np.arange(1, _HARMONICS + 1)
    places = steps[:, None] * frequencies[:, None]
    seen = np.hypot(places[..., 0], places[..., 1]) < _NYQUIST
    cells = np.clip(np.rint(places * size).astype(int) + size // 2, 0, size - 1)
    heights = np.where(seen, highest[cells[..., 1], cells[..., 0]], 0.0)
    # Twice the noise is found by looking for the highest of nine cells.
    share = np.clip(np.log(np.maximum(heights, 1) / 2.5) / np.log(4), 0, 1)
    weight = np.where(seen, 1 / np.sqrt(steps), 0)
    return (share * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9), heights


def pitches_in(picture: np.ndarray, names: tuple[str, ...] = PLANES) -> list[Pitch]:
    """Finds the grid in windows spread over a picture, in one plane: that in which most is seen.

    Args:
        picture: uint8 (height, width, 3).
        names: Planes to look at.

    Returns:
        The windows that agree, the best first. A single window may take a fraction or a multiple for the pitch;
        together they choose the largest pitch for which nearly as much speaks as for any.
    """
    factor = max(1, round(max(picture.shape[:2]) / _LONGEST))
    best = _pitches_at(picture, factor, names)
    # A window must hold many lines, or a multiple of their distance fits as well.
    while best and 1 / best[0].across.length > WINDOW / _LINES and min(picture.shape[:2]) // factor > _SMALLEST:
        factor *= 2
        best = _pitches_at(picture, factor, names)
    return [_enlarged(one, factor) for one in best]


def _pitches_at(picture: np.ndarray, factor: int, names: tuple[str, ...]) -> list[Pitch]:
    small = shrink_picture(picture, factor)
    best: list[Pitch] = []
    for name in names:
        found = [pair for window in _windows(small) for pair in _pairs(*window, name)]
        agreed = _agreed(found)
        if sum(one.score for one in agreed) > 1.1 * sum(one.score for one in best):
            best = agreed
        if sum(one.score for one in best) > _CLEAR:
            break
    return best


def _enlarged(pitch: Pitch, factor: int) -> Pitch:
    across, down = (comb._replace(frequency=comb.frequency / factor) for comb in (pitch.across, pitch.down))
    return pitch._replace(across=across, down=down, center=pitch.center * factor)


def _windows(picture: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields (center, window) of windows spread over a picture; a small one is filled up with its mirror image."""
    rows, columns = (max(0, WINDOW - length) for length in picture.shape[:2])
    padded = np.pad(picture, ((0, rows), (0, columns), (0, 0)), mode="symmetric")
    height, width = padded.shape[:2]
    for share_y in (0.15, 0.5, 0.85):
        for share_x in (0.1, 0.37, 0.63, 0.9):
            left, top = int((width - WINDOW) * share_x), int((height - WINDOW) * share_y)
            center = np.minimum(np.array([left, top]) + WINDOW / 2, np.array(picture.shape[1::-1]) / 2 * 2 - 1)
            yield center, padded[top : top + WINDOW, left : left + WINDOW]


def _pairs(center: np.ndarray, window: np.ndarray, name: str) -> list[Pitch]:
    density = flatten_density(plane_of(window, name), WINDOW / 4)
    across, down = combs_of(spectrum(density))
    pairs = [
        Pitch(one, other, center, name)
        for one in across
        for other in down
        if abs(np.log(one.length / other.length)) < _SQUARE
    ]
    best = max((pair.score for pair in pairs), default=0.0)
    return [pair for pair in pairs if pair.score >= 0.5 * best]


def _agreed(pairs: list[Pitch]) -> list[Pitch]:
    if not pairs:
        return []
    sizes = np.array([0.5 * np.log(one.across.length * one.down.length) for one in pairs])
    windows = np.array([hash(tuple(one.center)) for one in pairs])
    weights = np.array([one.score**2 for one in pairs])
    near = np.abs(sizes[:, None] - sizes[None]) < _NEAR
    # One vote a window: its best pair of that size.
    votes = sum(np.where(near & (windows == one), weights, 0).max(axis=1) for one in np.unique(windows))
    good = np.flatnonzero(votes >= _ENOUGH * votes.max())
    chosen = good[np.argmin(sizes[good])]
    # The votes are broad; among equals the middle of the crowd is meant.
    crowd = good[np.abs(sizes[good] - sizes[chosen]) < _NEAR]
    chosen = crowd[np.argmax(votes[crowd])]
    found: dict[int, Pitch] = {}
    for k in np.flatnonzero(near[chosen]):
        if windows[k] not in found or pairs[k].score > found[windows[k]].score:
            found[windows[k]] = pairs[k]
    return sorted(found.values(), key=lambda one: -one.score)
