"""A steady rhythm for strips: where beats should be, which samples to put there, and beats that are alike.

A network that sees two seconds has beats at any distance from each other: in its slices of three beats, two RR
intervals in a row differ by a fifth to a third (median), in patients' by a fiftieth (docs/strips.md). So beats of a
strip are moved: halfway from noise to ECG its samples are put in another order, beat by beat, and the network makes the
rest of the way from there. Samples are moved and never mixed: the noise that is left in them stays white.
"""

from __future__ import annotations

import numpy as np

# Of PTB-XL's folds 1 and 2, lead I, 109 strips of 10 s: the coefficient of variation of RR within a strip is log-normal
# with this median and deviation of the logarithm, arrhythmias included; RR intervals in a row of strips below 0.1
# correlate by this.
VARIATION, SPREAD, CORRELATION = 0.029, 0.95, 0.4
REGULAR, MOST = 0.1, 0.25
# No heart of a patient at rest is outside it.
SHORTEST_S, LONGEST_S = 0.35, 1.8
# A single RR interval stays within these times the strip's.
LEAST, LARGEST = 0.6, 1.6
# A beat owns what is between this share of the RR interval after the R peak before it, and of that after its own.
SHARE = 0.6
# What a whole beat has before and after its R peak, as shares of the strip's RR interval, and at most in s.
BEFORE, AFTER = (0.28, 0.25), (0.42, 0.35)
# What is made alike of a beat, the same way; over the edges it passes into what is not.
BEAT, EDGE_S = ((0.35, 0.3), (0.55, 0.5)), 0.06
# Deviations, in s, of Gaussians that tell fast, slow and near. Of a difference this many times the median half goes.
FAST_S, SLOW_S, NEAR_S, USUAL = 0.005, 0.12, 0.02, 2.0
# A median of fewer beats is none.
FEWEST = 3


def rr_of(peaks_s: np.ndarray, around: tuple[float, float]) -> float:
    """Returns the RR interval of a strip in s: the median of those in a part of it, or of all where there is none.

    Args:
        peaks_s: R peaks in s, at least two.
        around: Beginning and end of the part in s.
    """
    rr = np.diff(peaks_s)
    within = (peaks_s[1:] > around[0]) & (peaks_s[:-1] < around[1])
    return float(np.clip(np.median(rr[within] if within.any() else rr), SHORTEST_S, LONGEST_S))


def beat_times(rr: float, anchor: float, seconds: float, stream: np.random.Generator) -> np.ndarray:
    """Draws R peaks of a steady rhythm, in s, increasing, from before 0 to after `seconds`.

    Args:
        rr: Mean RR interval in s.
        anchor: An R peak that stays where it is, in s.
        seconds: Length of the strip.
        stream: Random numbers.
    """
    variation = min(VARIATION * float(np.exp(SPREAD * stream.standard_normal())), MOST)
    correlation = CORRELATION if variation < REGULAR else 0.0
    half = int(seconds / (LEAST * rr)) + 2
    noise = stream.standard_normal(2 * half)
    for number in range(1, 2 * half):
        noise[number] = correlation * noise[number - 1] + np.sqrt(1 - correlation**2) * noise[number]
    intervals = rr * np.clip(1 + variation * noise, LEAST, LARGEST)
    before, after = anchor - np.cumsum(intervals[:half][::-1])[::-1], anchor + np.cumsum(intervals[half:])
    found = np.concatenate([before, [anchor], after])
    return found[(found > -rr) & (found < seconds + rr)]


def moved(peaks_s: np.ndarray, targets_s: np.ndarray, rr: float, samples: int, rate: float) -> np.ndarray:
    """Returns which sample to put at each place, so that beats stand at `targets_s`.

    Each target takes the nearest beat that is whole, rather one that was not taken yet. Where it has more room than the
    beat has samples, these are read back and forth.

    Args:
        peaks_s: R peaks that there are, in s.
        targets_s: R peaks that there should be.
        rr: RR interval of the strip in s.
        samples: Samples of the strip.
        rate: Their rate in Hz.

    Returns:
        int64 (samples,).
    """
    inner = peaks_s[:-1] + SHARE * np.diff(peaks_s)
    starts = np.concatenate([[max(peaks_s[0] - rr, 0.0)], inner])
    stops = np.concatenate([inner, [min(peaks_s[-1] + rr, samples / rate)]])
    whole = (peaks_s - starts >= min(BEFORE[0] * rr, BEFORE[1])) & (stops - peaks_s >= min(AFTER[0] * rr, AFTER[1]))
    beats = np.flatnonzero(whole) if whole.any() else np.arange(len(peaks_s))
    taken = np.zeros(len(beats))
    edges = np.rint((targets_s[:-1] + SHARE * np.diff(targets_s)) * rate).clip(0, samples).astype(np.int64)
    edges = np.concatenate([[0], edges, [samples]])
    found = np.zeros(samples, np.int64)
    # From the middle on, so that what stays of a strip is its middle.
    for target in np.argsort(np.abs(targets_s - samples / rate / 2), kind="stable"):
        places = np.arange(edges[target], edges[target + 1])
        if len(places):
            choice = int(np.argmin(np.abs(peaks_s[beats] - targets_s[target]) + rr * taken))
            taken[choice] += 1
            beat = beats[choice]
            first, stop = round(starts[beat] * rate), round(stops[beat] * rate)
            away = round((peaks_s[beat] - targets_s[target]) * rate)
            found[places] = first + _back_and_forth(places + away - first, max(stop - 1 - first, 1))
    return np.clip(found, 0, samples - 1)


def alike(samples: np.ndarray, targets_s: np.ndarray, rr: float, rate: float) -> np.ndarray:
    """Returns what to add to samples, so that no beat stands out from the strip's median beat.

    Differences that are slow (wander), fast (noise) or as large as most stay: a patient's beats have them too.

    Args:
        samples: `(samples, leads)`, with beats at `targets_s`.
        targets_s: R peaks in s.
        rr: RR interval of the strip in s.
        rate: Rate of the samples in Hz.

    Returns:
        float64 `(samples, leads)`, 0 away from beats.
    """
    from scipy.ndimage import gaussian_filter1d

    before, after = (round(min(share * rr, most) * rate) for share, most in BEAT)
    starts = np.rint(targets_s * rate).astype(np.int64) - before
    starts = starts[(starts >= 0) & (starts + before + after <= len(samples))]
    added = np.zeros(samples.shape)
    if len(starts) < FEWEST:
        return added
    beats = np.stack([samples[start : start + before + after] for start in starts]).astype(np.float64)
    away = gaussian_filter1d(np.median(beats, axis=0) - beats, FAST_S * rate, axis=1)
    away -= gaussian_filter1d(away, SLOW_S * rate, axis=1)
    power = gaussian_filter1d((away**2).sum(axis=2, keepdims=True), NEAR_S * rate, axis=1)
    away *= power / (power + USUAL**2 * np.median(power) + 1e-12)
    edge = np.minimum(np.arange(before + after) + 0.5, np.arange(before + after)[::-1] + 0.5) / (EDGE_S * rate)
    away *= np.sin(np.pi / 2 * np.minimum(edge, 1.0))[:, None] ** 2
    for start, change in zip(starts, away, strict=True):
        added[start : start + before + after] += change
    return added


def _back_and_forth(steps: np.ndarray, width: int) -> np.ndarray:
    """Steps along 0, 1, ..., width, width - 1, ..., 0, 1, ..."""
    turned = steps % (2 * width)
    return np.where(turned > width, 2 * width - turned, turned)
