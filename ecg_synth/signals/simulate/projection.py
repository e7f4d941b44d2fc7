"""From the heart's vector to the leads of the body surface."""

from __future__ import annotations

import numpy as np

INDEPENDENT_LEADS = ("i", "ii", "v1", "v2", "v3", "v4", "v5", "v6")

# Dower, Machado and Osborne 1980, "On deriving the electrocardiogram from vectorcardiographic leads", Clin Cardiol 3:
# rows as INDEPENDENT_LEADS, columns Frank's X, Y, Z.
DOWER = np.array(
    [
        [0.632, -0.235, 0.059],
        [0.235, 1.066, -0.132],
        [-0.515, 0.157, -0.917],
        [0.044, 0.164, -1.387],
        [0.882, 0.098, -1.277],
        [1.213, 0.127, -0.601],
        [1.125, 0.127, -0.086],
        [0.831, 0.076, 0.230],
    ]
)
DOWER.setflags(write=False)


def project(vector: np.ndarray) -> np.ndarray:
    """Projects the heart's vector on the eight independent leads with Dower's matrix.

    Args:
        vector: (samples, 3): Frank's vx, vy, vz in mV.

    Returns:
        (samples, 8) in mV, the columns as `INDEPENDENT_LEADS`.
    """
    # Sums in a fixed order rather than BLAS, whose last bit depends on the number of threads.
    x, y, z = vector.T
    return np.stack([a * x + b * y + c * z for a, b, c in DOWER], axis=1)
