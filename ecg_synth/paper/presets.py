"""Named sets of distortions. The order within a stage is the order in which they happen."""

from __future__ import annotations

from ecg_synth.paper import (  # noqa: F401 - imported for what they register
    distort_camera,
    distort_geometry,
    distort_ink,
    distort_light,
    distort_paper,
)

PRESETS: dict[str, dict[str, float]] = {
    "clean": {},
    "scan": {
        "aging": 0.15,
        "rotate": 0.12,
        "crop": 0.1,
        "light": 0.08,
        "blur": 0.2,
        "noise": 0.15,
        "jpeg": 0.15,
    },
    "copy": {"rotate": 0.12, "crop": 0.1, "blur": 0.2, "noise": 0.3, "black_white": 0.6},
    "fax": {"rotate": 0.12, "noise": 0.2, "fax": 0.4},
    "phone": {
        "aging": 0.2,
        "crease": 0.35,
        "curl": 0.4,
        "wrinkle": 0.3,
        "pad": 0.4,
        "perspective": 0.4,
        "rotate": 0.25,
        "lens": 0.4,
        "light": 0.6,
        "shadow": 0.6,
        "temperature": 0.5,
        "blur": 0.3,
        "contrast": 0.2,
        "noise": 0.35,
        "jpeg": 0.4,
    },
    "strong": {
        "aging": 0.7,
        "crease": 0.8,
        "stain": 0.7,
        "printed": 0.6,
        "code": 0.6,
        "handwriting": 0.8,
        "stamp": 0.7,
        "fold": 0.6,
        "curl": 0.8,
        "wrinkle": 0.8,
        "pad": 0.5,
        "perspective": 0.7,
        "rotate": 0.6,
        "lens": 0.7,
        "crop": 0.5,
        "light": 0.8,
        "shadow": 0.9,
        "temperature": 0.8,
        "motion": 0.4,
        "blur": 0.5,
        "contrast": 0.6,
        "moire": 0.5,
        "noise": 0.7,
        "jpeg": 0.7,
    },
}

WHITE, GRAY, DESK, DARK = (250, 250, 250), (120, 118, 116), (150, 112, 78), (38, 36, 40)
BACKGROUNDS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "scan": (WHITE, DARK),
    "copy": (WHITE,),
    "fax": (WHITE,),
}
"""What is seen beside the page; other presets lie on any of them."""
ANY_BACKGROUND = (WHITE, GRAY, DESK, DARK)
