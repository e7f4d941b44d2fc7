"""How true clinical readings of two-second slices are: delineators against the simulator's truth, and on real slices.

    python benchmarks/clinic.py --data-dir data --dataset i-ii-iii_adapted_z_folds-1.2.3.4.5.6-7-8 \
        --run runs/rgb --docs docs

The truth of a simulated beat is in its kernels: P and QRS begin and end at 5 % of their own largest value in the lead,
T ends at 13.5 %, where the tangent of a Gaussian meets the baseline. Signals are read with their noise.

- bias, spread: median of what is read minus the truth, and the median distance from that median, in ms
- rank: Spearman's correlation with the truth, over all beats
- none: share of beats without the interval
- AUROC: how well QRS tells real slices with a conduction disturbance (CD) from normal ones
- CPU: seconds of processor time for 100 slices
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from machine import describe
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
from tabulate import tabulate

from ecg_synth import open_prepared
from ecg_synth.metrics.clinic_section import DRAWN
from ecg_synth.metrics.clinical import COLUMN, FEATURES, clinical_features, failure_shares, working_rate
from ecg_synth.metrics.delineation import METHODS, delineate, qrs_bounds
from ecg_synth.plots import save_figure
from ecg_synth.plots_clinic import violin_figure
from ecg_synth.signals.heart_rate import find_beats
from ecg_synth.signals.r_peaks import find_r_peaks
from ecg_synth.signals.simulate import SILENCE, SimulatedPatient, beat_times, draw_patients, simulate_record

FS, LENGTH, BLOCKS = 1000.0, 2025, 4
SECONDS = BLOCKS * LENGTH / FS
NEAR_S = 0.08
INTERVALS = ("PR", "QRS", "QT")
# Seconds around the middle of QRS in which each wave lies.
SPANS = {"p": (-0.32, 0.0), "qrs": (-0.12, 0.16), "t": (0.06, 0.7)}


def main(arguments: list[str] | None = None) -> None:
    """Prints what R peak finder and delineators make of simulated beats, and, with --data-dir, of real slices."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="prepared PTB-XL; without it the simulator alone")
    parser.add_argument("--dataset")
    parser.add_argument("--split", nargs="+", default=["validation", "test"])
    parser.add_argument("--patients", type=int, default=24, help="simulated ones, four slices of each")
    parser.add_argument("--slices", type=int, default=300, help="real ones at most")
    parser.add_argument("--leads", nargs="+", default=["i", "ii"])
    parser.add_argument("--run", help="a trained run, whose synthetic slices are drawn beside real ones")
    parser.add_argument("--docs", type=Path, help="where the picture goes")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args(arguments)
    print(describe(options.seed))
    patients = draw_patients(options.patients, options.seed)
    print(tabulate([row for lead in options.leads for row in _peak_rows(patients, lead, options.seed)], _PEAK_HEADS))
    rows = [row for lead in options.leads for row in _interval_rows(patients, lead, options.seed)]
    print(tabulate(rows, _INTERVAL_HEADS, floatfmt=".2f"))
    if options.data_dir:
        _real(options)
    if options.data_dir and options.run and options.docs:
        _draw(options)


_PEAK_HEADS = ("simulated R peaks", "lead", "found", "false", "CPU, s")
_INTERVAL_HEADS = ("simulated intervals", "lead", "of", "bias, ms", "spread, ms", "rank", "none")


def true_beats(patient: SimulatedPatient, lead: str, seed: int) -> list[dict[str, float]]:
    """Returns onset and offset in s of each wave of each beat that lies whole within the recording."""
    found = []
    waves = {}
    for wave in SPANS:
        kernels = tuple(kernel for kernel in patient.kernels if kernel.wave == wave)
        record = simulate_record(replace(patient, kernels=kernels, noise=SILENCE), SECONDS, FS, seed)
        waves[wave] = np.abs(record.p_signal[:, record.sig_name.index(lead)])
    for beat in beat_times(patient, SECONDS, seed):
        if not 0.4 < beat < SECONDS - 0.8:
            continue
        one = {"r": beat}
        for wave, (start, stop) in SPANS.items():
            first = round((beat + start) * FS)
            values = waves[wave][first : round((beat + stop) * FS)]
            on, off = (
                np.flatnonzero(values >= share * values.max()) for share in (0.05, 0.135 if wave == "t" else 0.05)
            )
            one[f"{wave}_on"], one[f"{wave}_off"] = (first + on[0]) / FS, (first + off[-1]) / FS
        found.append(one)
    return found


def _slices(patients: list[SimulatedPatient], lead: str, seed: int):
    for patient in patients:
        record = simulate_record(patient, SECONDS, FS, seed)
        signal = record.p_signal[:, record.sig_name.index(lead)]
        beats = true_beats(patient, lead, seed)
        times = beat_times(patient, SECONDS, seed)
        for block in range(BLOCKS):
            start = block * LENGTH / FS
            yield (
                signal[block * LENGTH :][:LENGTH],
                start,
                beats,
                times[(times >= start) & (times < start + LENGTH / FS)],
            )


def _neurokit(lead_mv: np.ndarray, fs: float) -> np.ndarray:
    import neurokit2

    return neurokit2.ecg_peaks(neurokit2.ecg_clean(lead_mv, fs), fs)[1]["ECG_R_Peaks"]


_FINDERS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "XQRS": find_r_peaks,
    "XQRS, a second mirrored (used)": find_beats,
    "NeuroKit2": _neurokit,
}


def _peak_rows(patients: list[SimulatedPatient], lead: str, seed: int) -> list[tuple]:
    rows = []
    for name, finder in _FINDERS.items():
        hits = total = false = 0
        start = time.process_time()
        for signal, begin, _, times in _slices(patients, lead, seed):
            peaks = np.asarray(finder(*working_rate(signal, FS))) / working_rate(signal[:2], FS)[1] + begin
            inner = times[(times > begin + 0.06) & (times < begin + LENGTH / FS - 0.06)]
            hits += sum(np.abs(peaks - one).min(initial=9.0) < NEAR_S for one in inner)
            false += sum(np.abs(times - one).min(initial=9.0) >= NEAR_S for one in peaks)
            total += len(inner)
        seconds = (time.process_time() - start) / (len(patients) * BLOCKS) * 100
        rows.append((name, lead, f"{hits / total:.1%}", f"{false / total:.1%}", f"{seconds:.1f}"))
    return rows


def _read(signal: np.ndarray, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns the R peaks in s, and PR, QRS and QT of each in ms: (beats, 3)."""
    lead, fs = working_rate(signal, FS)
    peaks = find_beats(lead, fs)
    points = delineate(lead, fs, peaks, method.split()[0]).points
    on, off = points["qrs_onset"], points["qrs_offset"]
    if method.endswith("slope"):
        on, off = qrs_bounds(lead, fs, peaks)
    return peaks / fs, np.column_stack([on - points["p_onset"], off - on, points["t_offset"] - on]) * (1000 / fs)


def _interval_rows(patients: list[SimulatedPatient], lead: str, seed: int) -> list[tuple]:
    rows = []
    for method in (*METHODS, "prominence + QRS by slope"):
        pairs = []
        for signal, begin, beats, _ in _slices(patients, lead, seed):
            peaks, read = _read(signal, method)
            for one in beats:
                if one["p_on"] < begin or one["t_off"] >= begin + LENGTH / FS or not len(peaks):
                    continue
                nearest = np.abs(peaks + begin - one["r"]).argmin()
                if abs(peaks[nearest] + begin - one["r"]) < NEAR_S:
                    true = (one["qrs_on"] - one["p_on"], one["qrs_off"] - one["qrs_on"], one["t_off"] - one["qrs_on"])
                    pairs.append([np.array(true) * 1000, read[nearest]])
        table = np.array(pairs)
        for number, name in enumerate(INTERVALS):
            true, read = table[:, 0, number], table[:, 1, number]
            there = np.isfinite(read)
            if not there.any():
                continue
            error = (read - true)[there]
            bias = float(np.median(error))
            spread, rank = float(np.median(np.abs(error - bias))), float(spearmanr(true[there], read[there])[0])
            label = method + (" (used)" if method.endswith("slope") else "")
            rows.append((label, lead, name, bias, spread, rank, float(1 - there.mean())))
    return rows


def _real(options: argparse.Namespace) -> None:
    prepared = open_prepared(options.data_dir, options.dataset)
    batches = [batch for split in options.split for batch in prepared.iter_batches(split)]
    labels = np.concatenate([batch["label"] for batch in batches])
    chosen = np.sort(np.random.default_rng(options.seed).permutation(len(labels))[: options.slices])
    signals = prepared.codec.decode(np.concatenate([batch["image"] for batch in batches])[chosen])
    conduction, normal = (labels[chosen] == prepared.class_names.index(name) for name in ("CD", "NORM"))
    compared = conduction | normal
    print(f"real slices: {len(chosen)} of {prepared.name}, splits {' and '.join(options.split)}")
    rows = []
    for lead in options.leads:
        traces = signals[:, :, list(prepared.metadata["leads"]).index(lead)].astype(np.float64)
        for method in ("prominence", "dwt", "prominence + QRS by slope"):
            start = time.process_time()
            read = [_read(trace, method)[1] for trace in traces]
            seconds = (time.process_time() - start) / len(traces) * 100
            none = np.isnan(np.concatenate(read)).mean(axis=0)
            medians = np.array([_medians(beats) for beats in read])
            rated = compared & np.isfinite(medians[:, 1])
            auroc = roc_auc_score(conduction[rated], medians[rated, 1])
            rows.append((method, lead, *np.nanmedian(medians, axis=0), *none, auroc, seconds))
    heads = ("real intervals", "lead", "PR, ms", "QRS", "QT", "no PR", "no QRS", "no QT", "AUROC of QRS", "CPU, s")
    print(tabulate(rows, heads, floatfmt=".2f"))
    start = time.process_time()
    table = np.stack([clinical_features(trace, FS) for trace in traces])
    seconds = (time.process_time() - start) / len(traces) * 100
    shares = ", ".join(f"{name} {share:.1%}" for name, share in failure_shares(table).items())
    rate = np.isnan(table[:, COLUMN["heart_rate"]]).mean()
    print(
        f"all features, lead {lead}: {seconds:.1f} s of CPU for 100 slices; {shares}; one beat and no rate {rate:.1%}"
    )


def _draw(options: argparse.Namespace) -> None:
    """Draws the readings of real slices (test, and validation as the floor), synthetic and simulated ones."""
    from ecg_synth import load_sampler

    prepared = open_prepared(options.data_dir, options.dataset)
    lead = options.leads[-1]
    place = list(prepared.metadata["leads"]).index(lead)
    sets = {}
    for name, split in (("measured: PTB-XL, fold 8", "test"), ("the floor: fold 7, other patients", "validation")):
        images = np.concatenate([batch["image"] for batch in prepared.iter_batches(split)])
        sets[name] = prepared.codec.decode(images)[:, :, place]
    count = min(map(len, sets.values()))
    sampler, facts = load_sampler(options.run)
    synthetic = sampler.sample(count, options.seed).decoded[:, :, place]
    patients = draw_patients(-(-count // BLOCKS), options.seed)
    simulated = np.stack([signal for signal, *_ in _slices(patients, lead, options.seed)])
    sets |= {f"synthetic: {Path(options.run).name}, epoch {facts['epoch']}": synthetic, "simulated": simulated}
    tables = {name: np.stack([clinical_features(trace, FS) for trace in traces]) for name, traces in sets.items()}
    chosen = [number for number, feature in enumerate(FEATURES) if feature.name in DRAWN]
    titles = [f"{FEATURES[n].title}, {FEATURES[n].unit}".removesuffix(", ") for n in chosen]
    figure = violin_figure({name: table[:, chosen] for name, table in tables.items()}, titles, f"Lead {lead} of 2 s")
    save_figure(figure, options.docs / "clinic.png")
    quartiles = [
        (FEATURES[n].title, FEATURES[n].unit, *(f"{np.nanmedian(table[:, n]):.3g}" for table in tables.values()))
        for n in chosen
    ]
    print(tabulate(quartiles, ("median", "unit", *tables)))


def _medians(beats: np.ndarray) -> np.ndarray:
    return np.array(
        [np.median(column[np.isfinite(column)]) if np.isfinite(column).any() else np.nan for column in beats.T]
    )


if __name__ == "__main__":
    main()
