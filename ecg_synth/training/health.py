"""What goes wrong with GANs, told from the record of their metrics: named, dated, with numbers and what to try.

Pure functions of `metrics.csv`, so that a resumed run says what an unbroken one does. A state counts as a finding when
it lasts `PATIENCE` epochs; before `WARM_UP` updates of the generator nothing but divergence does, for an untrained
generator makes one grey image of any noise. docs/health.md says where the thresholds come from, and what these rules
said of runs with trouble and of runs without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Columns = Mapping[str, np.ndarray]

PATIENCE = 5
"""Epochs in a row. Losses of single epochs swing; P1's collapse (fig. 14) lasted 75."""
WARM_UP = 300
"""Updates of the generator before its state is judged."""
ALIKE = 0.25
"""Generated images whose mean distance is below this share of the real ones' are alike."""
FEW = 0.15
"""Likewise for the distance to the nearest: they are a few patterns over and over."""
NEVER_WRONG = 0.99
"""Share judged rightly, of real and of generated images alike."""
UNSEEN = 0.01
"""The probability that the discriminator gives generated images of being real, at g_loss = -log of it."""
NEAR = 0.97
"""Share of the loss of guessing from which a discriminator's loss says that it guesses."""
AT_CHANCE = 0.55
"""Mean of both shares; guessing gives 0.5, and 1,000 images an epoch are good to 0.011."""
APART = 0.75
"""What the nearest neighbor reaches where images are no match; for one distribution 0.5 +- 0.06 with 64 a side."""
TOO_LARGE = 1e4
"""No loss of a network that still learns anything has this size."""

COLLAPSE = "mode collapse"
GENERATOR = "vanishing gradient of the generator"
DISCRIMINATOR = "vanishing gradient of the discriminator"
DIVERGENCE = "divergence"

ADVICE = {
    COLLAPSE: (
        "a larger batch, 60 for 30 (P1, 4.3: --batch-size 60)",
        "smoothed targets of real images (P1, 4.5: --label-smoothing 0.1)",
        "a lower learning rate of both networks (--d-learning-rate, --g-learning-rate)",
        "a penalty on the discriminator's slope (--r1 1, or --preset wgan-gp)",
    ),
    GENERATOR: (
        "smoothed targets of real images (P1, 4.5: --label-smoothing 0.1)",
        "a lower learning rate of the discriminator alone (--d-learning-rate)",
        "a penalty on the discriminator's slope (--r1 1)",
        "a loss whose gradient does not vanish: --loss non_saturating in place of minimax, or --preset wgan-gp",
    ),
    DISCRIMINATOR: (
        "a discriminator that can see more (--activation leaky_relu for fcn, more --filters for the others)",
        "more updates of the discriminator for one of the generator (--d-steps 2)",
        "a higher learning rate of the discriminator than of the generator",
    ),
    DIVERGENCE: (
        "a lower learning rate of both networks (--d-learning-rate, --g-learning-rate)",
        "--dtype float32 in place of mixed_float16",
        "for --loss wasserstein: --gradient-penalty 10",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One trouble over some epochs.

    Attributes:
        trouble: Its name.
        first: Epoch in which it began, from 1.
        last: Last epoch of it so far.
        named: Epoch in which it had lasted long enough to be named.
        evidence: Means over these epochs, up to the one in which it was named, of the metrics that it was told from.
        advice: What to try, the papers' remedies first.
    """

    trouble: str
    first: int
    last: int
    named: int
    evidence: dict[str, float]
    advice: tuple[str, ...]

    def __str__(self) -> str:
        numbers = ", ".join(f"{name}={value:.3g}" for name, value in self.evidence.items())
        return (
            f"{self.trouble} since epoch {self.first}, named in epoch {self.named} ({numbers}). "
            f"Try {'; or '.join(self.advice)}."
        )


def findings(columns: Columns, steps: int, chance: float | None) -> list[Finding]:
    """Returns what the record shows, in the order in which it was named.

    Args:
        columns: `metrics.csv`: `epoch` and the metrics, `(epochs,)` each; a rule whose columns are missing is silent.
        steps: Updates of the generator an epoch.
        chance: `d_loss` of a discriminator that cannot tell, `GanLoss.chance`. None for critics (Wasserstein) and
            losses of pairs (relativistic), of which the two rules on vanishing gradients say nothing.
    """
    if not len(columns.get("epoch", ())):
        return []
    found = _spells(columns, DIVERGENCE, _diverged(columns), 1, ("d_loss", "g_loss", "d_grad", "g_grad"))
    warm = columns["epoch"] * steps >= WARM_UP
    for trouble, sick, told_from in RULES:
        if not set(told_from) <= set(columns) or (trouble != COLLAPSE and chance is None):
            continue
        found += _spells(columns, trouble, warm & sick(columns, chance or 0.0), PATIENCE, told_from)
    return sorted(found, key=lambda finding: (finding.named, finding.trouble))


def _collapsed(columns: Columns, chance: float) -> np.ndarray:
    alike = columns["diversity"] < ALIKE * columns["diversity_real"]
    return alike | (columns["nearest"] < FEW * columns["nearest_real"])


def _never_wrong(columns: Columns, chance: float) -> np.ndarray:
    right = np.minimum(columns["d_real"], columns["d_fake"]) >= NEVER_WRONG
    # The largest gradient so far: a generator that learns has a smaller one than at its best by far less than this.
    largest = np.fmax.accumulate(columns["g_grad"])
    return right & ((columns["g_loss"] >= -np.log(UNSEEN)) | (columns["g_grad"] <= UNSEEN * largest))


def _at_chance(columns: Columns, chance: float) -> np.ndarray:
    guessed = (columns["d_real"] + columns["d_fake"]) / 2.0 <= AT_CHANCE
    # A loss below that of guessing: it does tell, and only its zero point is off.
    guessed &= columns["d_loss"] >= NEAR * chance
    # At chance because there is nothing left to tell is the goal; the neighbor knows.
    return guessed & (columns["told_apart"] >= APART)


RULES: tuple[tuple[str, Callable[[Columns, float], np.ndarray], tuple[str, ...]], ...] = (
    (
        COLLAPSE,
        _collapsed,
        ("diversity", "diversity_real", "nearest", "nearest_real", "noise", "noise_real", "g_loss"),
    ),
    (GENERATOR, _never_wrong, ("d_real", "d_fake", "d_loss", "g_loss", "g_grad")),
    (DISCRIMINATOR, _at_chance, ("d_real", "d_fake", "d_loss", "d_grad", "told_apart")),
)


def _diverged(columns: Columns) -> np.ndarray:
    sick = np.zeros(len(columns["epoch"]), bool)
    for name in ("d_loss", "g_loss", "d_grad", "g_grad"):
        if name in columns:
            sick |= ~np.isfinite(columns[name])
        if name in columns and name.endswith("_loss"):
            sick |= np.abs(columns[name]) > TOO_LARGE
    return sick


def _spells(
    columns: Columns, trouble: str, sick: np.ndarray, patience: int, told_from: tuple[str, ...]
) -> list[Finding]:
    """Returns a finding for every run of at least `patience` epochs of `sick`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], sick, [False]]).astype(int)))
    found = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin < patience:
            continue
        until = begin + patience
        evidence = {name: float(np.mean(columns[name][begin:until])) for name in told_from if name in columns}
        first, named, last = (int(columns["epoch"][index]) for index in (begin, until - 1, end - 1))
        found.append(Finding(trouble, first, last, named, evidence, ADVICE[trouble]))
    return found
