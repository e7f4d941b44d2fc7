"""Names of leads on a flat page: small pieces of text, compared with names drawn in several fonts."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.digitizing.highest import highest
from ecg_synth.digitizing.ink import Ink
from ecg_synth.paper import ink as drawing
from ecg_synth.paper.geometry import printed_name
from ecg_synth.signals.leads import FRANK, STANDARD_12

NAMES = (*STANDARD_12, "-avr", *FRANK)
_ROWS, _EDGE = 20, 5
_HEIGHT_MM, _WIDTH_MM, _GAP_MM = (1.2, 6.0), (0.15, 16.0), 1.25
_STRETCH = 0.22
_INK = 0.4


class Word(NamedTuple):
    """A piece of text that may be a lead's name.

    Attributes:
        left_mm: Its left edge on the flat page.
        right_mm: Its right edge.
        top_mm: Its upper edge.
        bottom_mm: Its lower edge.
        scores: For every one of `NAMES`, how like it looks: at most 1.
    """

    left_mm: float
    right_mm: float
    top_mm: float
    bottom_mm: float
    scores: np.ndarray

    @property
    def name(self) -> str:
        """What it looks most like."""
        return NAMES[int(np.argmax(self.scores))]

    @property
    def score(self) -> float:
        """How much."""
        return float(self.scores.max())

    def score_of(self, name: str) -> float:
        """How like one name it looks."""
        return float(self.scores[NAMES.index(name)]) if name in NAMES else 0.0


def words_of(ink: Ink) -> list[Word]:
    """Finds words in what is text, and in all ink: I and II are as easily taken for strokes of a trace."""
    found = find_words(ink.text)
    for word in find_words(np.maximum(np.maximum(ink.text, ink.trace), ink.pulse)):
        near = [k for k, other in enumerate(found) if _overlap(word, other)]
        if word.score > max((found[k].score for k in near), default=0.0):
            found = [other for k, other in enumerate(found) if k not in near] + [word]
    return found


def _overlap(one: Word, other: Word) -> bool:
    across = min(one.right_mm, other.right_mm) - max(one.left_mm, other.left_mm)
    return across > 0 and min(one.bottom_mm, other.bottom_mm) > max(one.top_mm, other.top_mm)


def find_words(text: np.ndarray) -> list[Word]:
    """Finds small pieces of text, and what lead's name each resembles.

    Args:
        text: float32 (height, width) of a flat page: probability of text.
    """
    from scipy import ndimage

    mask = text > _INK
    joined = highest(mask, 3, round(_GAP_MM * PX_PER_MM))
    numbers, _ = ndimage.label(joined, np.ones((3, 3)))
    found = []
    for number, place in enumerate(ndimage.find_objects(numbers), start=1):
        own = mask[place] & (numbers[place] == number)
        rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
        if not len(rows):
            continue
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        size = np.array([bottom - top, right - left]) / PX_PER_MM
        if not (_HEIGHT_MM[0] <= size[0] <= _HEIGHT_MM[1] and _WIDTH_MM[0] <= size[1] <= _WIDTH_MM[1]):
            continue
        seen = np.where(own, text[place], 0.0)[top:bottom, left:right]
        left_px, top_px = place[1].start + left, place[0].start + top
        edges = left_px, left_px + right - left, top_px, top_px + bottom - top
        left_mm, right_mm, top_mm, bottom_mm = (float(edge) / PX_PER_MM for edge in edges)
        found.append(Word(left_mm, right_mm, top_mm, bottom_mm, _scores(seen)))
    return found


def _scores(seen: np.ndarray) -> np.ndarray:
    """Correlation with every name's best drawing, less where it must be stretched for it."""
    ratio = seen.shape[1] / seen.shape[0]
    best = np.zeros(len(NAMES))
    for number, template in _templates():
        # A pixel more or less is much for a single stroke, and says nothing.
        wide, own = ratio * _ROWS, template.shape[1] - 2 * _EDGE
        stretch = np.log(min(max(own, wide - 1.2), wide + 1.2) / own)
        if abs(stretch) > 3 * _STRETCH:
            continue
        ours = _resized(seen, (_ROWS, template.shape[1] - 2 * _EDGE))
        ours = ours - ours.mean()
        alike = float((ours * template).sum() / max(np.sqrt((ours**2).sum()), 1e-9))
        best[number] = max(best[number], alike * float(np.exp(-((stretch / _STRETCH) ** 2) / 4)))
    return best


def _resized(seen: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture scaled to a size, smoothed a little, with an empty edge around it."""
    from PIL import Image
    from scipy import ndimage

    scaled = Image.fromarray(seen.astype(np.float32)).resize(
        size[::-1], Image.Resampling.BOX if seen.shape[0] > size[0] else Image.Resampling.BILINEAR
    )
    return ndimage.gaussian_filter(np.pad(np.asarray(scaled), _EDGE), 0.8)


@functools.lru_cache(maxsize=1)
def _templates() -> list[tuple[int, np.ndarray]]:
    """Index into `NAMES`, and a drawing of unit power around 0."""
    drawn = []
    for number, name in enumerate(NAMES):
        printed = ("-" if name.startswith("-") else "") + printed_name(name.removeprefix("-"))
        for spelling in dict.fromkeys((printed, printed.upper())):
            for font in drawing.FONTS:
                path, box = drawing.text_path(spelling, font, 1.0)
                scale = 4 * _ROWS / box.height
                moved = type(path)((path.vertices - (box.left, box.top)) * scale + 1, path.codes)
                size = int(np.ceil(box.width * scale)) + 2, 4 * _ROWS + 2
                cover = drawing.fill(moved, size)
                large = np.zeros(size[::-1], dtype=np.float32)
                rows, columns = cover.cover.shape
                large[cover.top : cover.top + rows, cover.left : cover.left + columns] = cover.cover / 255
                rows, columns = np.flatnonzero(large.max(axis=1) > 0.5), np.flatnonzero(large.max(axis=0) > 0.5)
                tight = large[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
                width = max(1, round(tight.shape[1] * _ROWS / tight.shape[0]))
                picture = _resized(tight, (_ROWS, width))
                picture = picture - picture.mean()
                drawn.append((number, picture / np.sqrt((picture**2).sum())))
    return drawn
