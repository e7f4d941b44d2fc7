"""What a discriminator says of images."""

from __future__ import annotations

from typing import Any, NamedTuple


class Judgement(NamedTuple):
    """What a discriminator says of some images.

    Attributes:
        source: float32 logits `(batch, heads)`: real or generated.
        classes: float32 logits `(batch, n_classes)` of a class head; None where there is none.
    """

    source: Any
    classes: Any = None
