"""The time grid that a network works on: slices resampled by the cosine transform, and spectrally leveled.

A slice of 2025 samples at 1000 Hz of a heart that says nothing above 150 Hz is four times longer than it need be. The
orthonormal DCT-II of the slice, cut off at the grid's number of samples and transformed back there, is a resampling
without edge effects, for the cosine transform sees the slice mirrored at its ends. Between both transforms each
frequency can be lifted: an ECG has a thousandth of the power at 100 Hz that it has at 10 Hz, and noise of one power
for all frequencies would bury it.
"""

from __future__ import annotations

import numpy as np
from scipy import fft

from ecg_synth.errors import InputError

# Where the lifting begins, in Hz: below it the spectrum of an ECG is flat.
CORNER_HZ = 8.0


def grid_matrices(length: int, samples: int, fs: float, emphasis: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Returns the matrices onto the grid and back.

    Args:
        length: Samples of a slice.
        samples: Samples of the grid, at most `length`.
        fs: Rate of the slice in Hz.
        emphasis: Power of the frequency, beyond `CORNER_HZ`, that each frequency is multiplied by; 0 lifts nothing.

    Returns:
        `(samples, length)` and `(length, samples)`, float64; the second after the first leaves all frequencies that
        the grid has as they are, and takes away the others.

    Raises:
        InputError: The grid is longer than the slice, or the emphasis is not within [0, 2].
    """
    if not 1 <= samples <= length:
        raise InputError(
            f"The network's grid must have from 1 to {length} samples, those of a slice. Received: grid={samples!r}."
        )
    if not 0.0 <= emphasis <= 2.0:
        raise InputError(f"The emphasis must be from 0 to 2. Received: emphasis={emphasis!r}.")
    gains = _gains(length, samples, fs, emphasis)
    # Orthonormal transforms of another length scale a constant by the root of the ratio.
    scale = np.sqrt(samples / length)
    forward = fft.dct(np.eye(length), axis=0, norm="ortho")[:samples]
    inverse = fft.idct(np.eye(samples), axis=0, norm="ortho")
    onto = scale * inverse @ (gains[:, None] * forward)
    back = (forward.T / gains) @ inverse.T / scale
    return onto, back


def noise_length(grid: int, leads: int, latent_dim: int = 0) -> int:
    """Returns the length of a flow's noise vector, one number a lead and sample of the grid.

    Raises:
        InputError: `latent_dim` is neither that nor 0.
    """
    wanted = grid * leads
    if latent_dim not in (0, wanted):
        raise InputError(
            f"The noise of a flow is as long as its grid times the leads, {wanted} here. "
            f"Received: latent_dim={latent_dim!r}. Leave it out."
        )
    return wanted


def off_grid(values: np.ndarray, length: int, fs: float, emphasis: float = 0.0) -> np.ndarray:
    """Takes what stands on a grid back to samples, of a slice or of a strip of any length, without a matrix.

    Args:
        values: `(n, samples, leads)` on the grid.
        length: Samples to give back.
        fs: Their rate in Hz.
        emphasis: That of `grid_matrices`.

    Returns:
        float64 `(n, length, leads)`: the second matrix of `grid_matrices` times the values.
    """
    samples = values.shape[1]
    held = fft.dct(values.astype(np.float64), axis=1, norm="ortho") / _gains(length, samples, fs, emphasis)[:, None]
    return fft.idct(held, n=length, axis=1, norm="ortho") / np.sqrt(samples / length)


def _gains(length: int, samples: int, fs: float, emphasis: float) -> np.ndarray:
    frequencies = np.arange(samples) * fs / (2 * length)
    return (1 + (frequencies / CORNER_HZ) ** 2) ** (emphasis / 2)
