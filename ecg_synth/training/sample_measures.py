"""What a few generated images say beside as many real ones: diversity, noise, and whether a neighbor tells them apart.

Pure functions of grey levels. Squared distances of integers are exact in float64, so that the same images give the
same numbers on any machine and any number of threads.
"""

from __future__ import annotations

import numpy as np

from ecg_synth.data.slice_set import SliceSet

COLUMNS = ("diversity", "nearest", "noise", "diversity_real", "nearest_real", "noise_real", "told_apart")
COUNT = 64
"""Images a side: 2,016 pairs, and 64 answers of the nearest neighbor, whose share then is good to about 0.06."""


def distances(images: np.ndarray) -> np.ndarray:
    """Returns the root-mean-square difference between any two images, float64 `(n, n)`, in grey levels.

    Args:
        images: Grey levels, integers `(n, height, width, channels)`.
    """
    flat = images.reshape(len(images), -1).astype(np.float64)
    products = flat @ flat.T
    squares = np.diag(products)
    return np.sqrt((squares[:, None] + squares[None] - 2.0 * products) / max(flat.shape[1], 1))


def diversity(images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Returns the mean distance between two images of one class, and the median distance to the nearest, grey levels.

    The mean falls when all images become alike, the median also when they become a few patterns over and over.

    Args:
        images: Grey levels, integers `(n, height, width, channels)`.
        labels: Class of each image, `(n,)`; classes are compared within themselves, for a generator that ignores its
            noise still makes one image a class.

    Returns:
        Both, NaN where no class has two images.
    """
    apart = distances(images)
    pairs = (labels[:, None] == labels[None]) & ~np.eye(len(images), dtype=bool)
    if not pairs.any():
        return float("nan"), float("nan")
    nearest = np.where(pairs, apart, np.inf).min(axis=1)
    return float(apart[pairs].mean()), float(np.median(nearest[np.isfinite(nearest)]))


def noise(images: np.ndarray) -> float:
    """Returns how much of the images' variance is between neighboring pixels: 0 for smooth images, 1 for white noise.

    It is the mean squared difference of neighbors over twice the variance within an image, along the axis on which
    the images are smoother: von Neumann's ratio, halved.

    Args:
        images: Grey levels, integers `(n, height, width, channels)`.
    """
    values = images.astype(np.float64)
    variance = values.var(axis=(1, 2)).mean()
    steps = [np.square(np.diff(values, axis=axis)).mean() for axis in (1, 2) if values.shape[axis] > 1]
    return float(min(steps) / (2.0 * variance)) if steps and variance > 0 else 0.0


def told_apart(real: np.ndarray, generated: np.ndarray) -> float:
    """Returns the share of generated images whose nearest neighbor among all others is a generated one too.

    0.5 where both sides are of one distribution, 1 where the generated ones are plainly apart, less than 0.5 where
    they are copies (the two-sample test of Lopez-Paz and Oquab 2017, one side of it: noisy images in the midst of
    real ones are the nearest of both). It asks neither network, so that it can say which of them is right.

    Args:
        real: Grey levels, integers `(n, height, width, channels)`.
        generated: As many.
    """
    apart = distances(np.concatenate([real, generated]))
    np.fill_diagonal(apart, np.inf)
    return float((apart[len(real) :].argmin(axis=1) >= len(real)).mean())


def reference(slice_set: SliceSet, seed: int, by_class: bool, count: int = COUNT) -> tuple[np.ndarray, np.ndarray]:
    """Draws the real images to compare with.

    Args:
        slice_set: The training images.
        seed: Seed of the draw.
        by_class: Whether classes count: the draw then has as many of each as there are to be had.
        count: Images at most.

    Returns:
        Images `(n, height, width, channels)` and labels int64 `(n,)`; all labels 0 where classes do not count.
    """
    order = np.random.default_rng([seed, 0]).permutation(len(slice_set))
    labels = slice_set.labels if by_class else np.zeros(len(slice_set), np.int64)
    classes = np.unique(labels)
    share = max(count // len(classes), 1)
    chosen = np.sort(np.concatenate([order[labels[order] == label][:share] for label in classes]))
    return slice_set.images[chosen], labels[chosen]


def measures(
    generated: np.ndarray, real: np.ndarray, labels: np.ndarray, known: dict[str, float] | None = None
) -> dict[str, float]:
    """Returns the columns of `metrics.csv` that come of images.

    Args:
        generated: Grey levels, integers `(n, height, width, channels)`.
        real: As many, of the same classes.
        labels: Class of each, `(n,)`.
        known: What `real_measures` said of the real images, to not work it out every epoch.

    Returns:
        `diversity` and `nearest` (grey levels), `noise`, the same with `_real`, and `told_apart`.
    """
    mean, median = diversity(generated, labels)
    return {
        "diversity": mean,
        "nearest": median,
        "noise": noise(generated),
        **(known or real_measures(real, labels)),
        "told_apart": told_apart(real, generated),
    }


def real_measures(real: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Returns what real images measure: `diversity_real`, `nearest_real`, `noise_real`."""
    mean, median = diversity(real, labels)
    return {"diversity_real": mean, "nearest_real": median, "noise_real": noise(real)}
