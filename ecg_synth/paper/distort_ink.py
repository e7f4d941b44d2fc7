"""Distortions that put ink on a page: strokes like handwriting, stamps, codes, printed text. None of it means anything.

The strokes are curves of our own, no person's hand and no model; the words are those of a type specimen.
"""

from __future__ import annotations

import numpy as np

from ecg_synth.paper.distort import DISTORTIONS, OnPaper, Parameters
from ecg_synth.paper.sheet import LABELS, Sheet, Words

Size = tuple[float, float]
PENS = ((20, 30, 120), (10, 10, 10), (150, 20, 30), (20, 90, 50))
SPECIMEN = ("SPECIMEN", "NOT A PATIENT", "TEST PRINT", "MADE UP", "EXAMPLE ONLY", "FOR RESEARCH")
FILLER = ("lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit", "sed", "eiusmod", "tempor")


def _somewhere(stream: np.random.Generator, size_mm: Size, width: float, height: float) -> list[float]:
    """The top left corner of something of that size that stays on the page where it can."""
    return [float(stream.uniform(2, max(3.0, room - own))) for room, own in zip(size_mm, (width, height), strict=True)]


@DISTORTIONS.register("printed")
class Printed(OnPaper):
    """A block of printed words."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """One to six lines of 2.4 to 4 mm."""
        lines = [" ".join(stream.choice(FILLER, int(stream.integers(2, 6)))) for _ in range(1 + round(5 * strength))]
        return {
            "lines": lines,
            "at_mm": _somewhere(stream, size_mm, 70, 30),
            "height_mm": float(stream.uniform(2.4, 4)),
        }

    def apply(self, sheet: Sheet, given: Parameters) -> None:
        """Writes."""
        x, y = given["at_mm"]
        for number, line in enumerate(given["lines"]):
            at = (x, y + (number + 1) * 1.3 * given["height_mm"])
            sheet.write(line, at, given["height_mm"], "printed", LABELS["overlay"])


@DISTORTIONS.register("handwriting")
class Handwriting(OnPaper):
    """Strokes that look like notes: loops along a line, with a pen."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """One to five notes of one to three words."""
        notes = []
        for _ in range(1 + round(4 * strength)):
            letters = [int(n) for n in stream.integers(3, 9, int(stream.integers(1, 4)))]
            notes.append(
                {
                    "at_mm": _somewhere(stream, size_mm, 50, 10),
                    "letters": letters,
                    "height_mm": float(stream.uniform(2.5, 6)),
                    "radians": float(stream.normal(0, 0.12)),
                    "pen": int(stream.integers(len(PENS))),
                    "pen_mm": float(stream.uniform(0.25, 0.6)),
                    "seed": int(stream.integers(2**32)),
                }
            )
        return {"notes": notes}

    def apply(self, sheet: Sheet, given: Parameters) -> None:
        """Draws the strokes."""
        for note in given["notes"]:
            stream = np.random.default_rng(note["seed"])
            turn = np.array(
                [
                    (np.cos(note["radians"]), -np.sin(note["radians"])),
                    (np.sin(note["radians"]), np.cos(note["radians"])),
                ]
            )
            x, reach = 0.0, []
            for letters in note["letters"]:
                word = _word(letters, note["height_mm"], stream) + np.array([x, note["height_mm"]])
                x = float(word[:, 0].max()) + 0.8 * note["height_mm"]
                points = word @ turn.T + note["at_mm"]
                sheet.stroke(points, note["pen_mm"], PENS[note["pen"]], LABELS["overlay"], 0.92)
                reach.append(points)
            low, high = np.concatenate(reach).min(axis=0), np.concatenate(reach).max(axis=0)
            corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
            sheet.words.append(Words("handwriting", "", sheet.scale.to_px(corners)))


def _word(letters: int, height_mm: float, stream: np.random.Generator) -> np.ndarray:
    """A loop or a hook a letter, joined: (n, 2) in mm, the middle line at y = 0."""
    from scipy.interpolate import CubicSpline

    turns = np.arange(3 * letters + 1)
    xs = np.cumsum(
        np.where(turns % 3 == 0, 0.42, np.where(turns % 3 == 1, 0.25, -0.18)) + stream.normal(0, 0.06, len(turns))
    )
    tall = np.where(stream.random(len(turns)) < 0.25, 1.0, 0.5)
    ys = np.where(turns % 3 == 1, -tall, np.where(turns % 3 == 2, -0.25, 0.0)) + stream.normal(0, 0.06, len(turns))
    fine = np.linspace(0, turns[-1], 12 * len(turns))
    return height_mm * CubicSpline(turns, np.column_stack([xs, ys]))(fine)


@DISTORTIONS.register("stamp")
class Stamp(OnPaper):
    """A rubber stamp: a frame and two words, turned."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """Ink of 30 to 90 %."""
        return {
            "at_mm": _somewhere(stream, size_mm, 55, 25),
            "text": str(stream.choice(SPECIMEN)),
            "radians": float(stream.normal(0, 0.25)),
            "pen": int(stream.integers(len(PENS))),
            "opacity": 0.3 + 0.6 * strength * float(stream.uniform(0.5, 1)),
        }

    def apply(self, sheet: Sheet, given: Parameters) -> None:
        """Draws it; it hides what it covers when it is nearly opaque."""
        from ecg_synth.paper.ink import text_path

        height = 6.0
        bounds = text_path(given["text"], sheet.font, height)[1]
        color, angle, at = PENS[given["pen"]], given["radians"], np.array(given["at_mm"])
        turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
        around = bounds.corners() + np.array([(-3, -3), (3, -3), (3, 3), (-3, 3)])
        frame = around @ turn.T + at
        label = LABELS["overlay"] if given["opacity"] > 0.5 else None
        sheet.stroke(np.vstack([frame, frame[:1]]), 0.8, color, label, given["opacity"])
        sheet.write(given["text"], (at[0], at[1]), height, "stamp", label, color, angle, given["opacity"])


@DISTORTIONS.register("code")
class Code(OnPaper):
    """A square like a QR code: three finders and random modules; it reads as nothing."""

    def draw(self, strength: float, stream: np.random.Generator, size_mm: Size) -> Parameters:
        """12 to 28 mm wide, on white."""
        side = 12 + 16 * strength * float(stream.uniform(0.3, 1))
        return {"at_mm": _somewhere(stream, size_mm, side, side), "side_mm": side, "seed": int(stream.integers(2**32))}

    def apply(self, sheet: Sheet, given: Parameters) -> None:
        """Draws it on a white square with a margin of two modules."""
        from matplotlib.path import Path

        from ecg_synth.paper import ink

        count = 25
        modules = np.random.default_rng(given["seed"]).random((count, count)) < 0.5
        finder = np.ones((7, 7), dtype=bool)
        finder[1:6, 1:6] = False
        finder[2:5, 2:5] = True
        for row, column in ((0, 0), (0, count - 7), (count - 7, 0)):
            modules[max(row - 1, 0) : row + 8, max(column - 1, 0) : column + 8] = False
            modules[row : row + 7, column : column + 7] = finder
        side, at = given["side_mm"], np.array(given["at_mm"])
        square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=np.float64)
        sheet.polygon(at + square * side, (255, 255, 255), LABELS["overlay"])
        step = side / (count + 4)
        rows, columns = np.nonzero(modules)
        corners = np.column_stack([columns, rows])[:, None] + 2 + np.vstack([square, square[:1]])
        codes = np.tile([Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY], len(corners))
        path = Path(sheet.scale.to_px(at + corners.reshape(-1, 2) * step), codes)
        sheet.lay(ink.fill(path, sheet.size), (0, 0, 0), LABELS["overlay"])
        sheet.words.append(Words("code", "", sheet.scale.to_px(at + square * side)))
