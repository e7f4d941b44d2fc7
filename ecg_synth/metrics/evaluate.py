"""A dataset and a candidate in, figures and a report out."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ecg_synth._version import __version__
from ecg_synth.codec import TableImageCodec
from ecg_synth.config import JudgeConfig
from ecg_synth.config_files import to_dict
from ecg_synth.data.prepared import Prepared, open_prepared
from ecg_synth.errors import InputError, check_packages, check_seed
from ecg_synth.metrics import registered  # noqa: F401 - fills SECTIONS
from ecg_synth.metrics.case import Case, Judgement
from ecg_synth.metrics.encoder import Encoder
from ecg_synth.metrics.epochs import epochs_section
from ecg_synth.metrics.evaluate_tables import evaluate_table
from ecg_synth.metrics.judged import Extractor
from ecg_synth.metrics.loading import candidate_set, real_set
from ecg_synth.metrics.section import SECTIONS, Section
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.suite import judge
from ecg_synth.models.pretrained import place_of
from ecg_synth.training.run import CONFIG, Run

NEEDS = {"aeon": "aeon", "jinja2": "jinja2", "neurokit2": "neurokit2", "prdc": "prdc", "sklearn": "scikit-learn"}
NO_SECTIONS = "none"
# Of the sections in the report; what is not named here comes after.
ORDER = ("pictures", "giveaway", "clinic", "use", "rules")
AUDIT = "none"

Progress = Callable[[Sequence[str]], Any]


def evaluate(
    real: str | os.PathLike[str] | Prepared,
    synthetic: str | os.PathLike[str] | SignalSet,
    out: str | os.PathLike[str] | None = None,
    config: JudgeConfig | None = None,
    overwrite: bool = False,
    progress: Progress = list,
) -> dict[str, Any]:
    """Judges synthetic ECGs against real ones of patients that no model saw.

    Args:
        real: A TFDS `data_dir` that `ecg-synth prepare` filled, or a dataset of it.
        synthetic: A run folder, a folder of WFDB records, a prepared dataset's folder or a `.npy` file; see
            `ecg_synth.metrics.loading.candidate_set`. Or the slices themselves.
        out: Folder to make: `report.html`, which needs no network, `metrics.json`, and the feature network as
            `encoder.npz`. None writes nothing.
        config: What is judged against what; default `JudgeConfig()`.
        overwrite: Replace a folder that stands there.
        progress: Wraps the names of metrics and sections, to show how far it is.

    Returns:
        `facts`, what was judged by what; `metrics`, by name, as `ecg_synth.metrics.suite.judge` returns them; and
        `sections`, by name, their values. What `metrics.json` holds. Minutes and seconds apart, the same arguments
        give the same dictionary.

    Raises:
        InputError: A library of the extra `judge` is missing, a set cannot be read, the sets do not fit each other, a
            patient is in two of the real ones, or `out` is not empty and `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    from ecg_synth.metrics import report

    check_packages("Judging", NEEDS, "judge")
    config = config or JudgeConfig()
    _check(config)
    start = time.perf_counter()
    run = _run_of(synthetic)
    prepared = real if isinstance(real, Prepared) else _opened(Path(real), run, config)
    with report.folder(out, overwrite) as folder:
        if isinstance(prepared.codec, TableImageCodec) and not isinstance(synthetic, SignalSet):
            found, sections = evaluate_table(prepared, synthetic, config)
            encoder = None
        else:
            case, facts = make_case(prepared, synthetic, run, config)
            judgement = Judgement(case, _encoder(config))
            metrics = judge(judgement, config.metrics or None, config.replicates, progress)
            sections = _sections(judgement, run, config.sections, progress)
            found, encoder = {"facts": facts, "metrics": metrics}, judgement.extractors.fitted.get("encoder")
        found["facts"] |= {
            "privacy_audit": AUDIT,
            "versions": _versions(),
            "machine": _machine(),
            "minutes": (time.perf_counter() - start) / 60,
        }
        found["sections"] = {name: part.values for name, part in sections.items()}
        if folder is not None:
            report.write(folder, found, sections, encoder)
    return found


def make_case(
    prepared: Prepared, synthetic: str | os.PathLike[str] | SignalSet, run: Run | None, config: JudgeConfig
) -> tuple[Case, dict[str, Any]]:
    """Returns the four sets of a judgement, and what to say of them; `run` is the one that `synthetic` names."""
    classes = config.classes or (run.config.classes if run else ())
    splits = (config.train_split, config.floor_split, config.reference_split)
    train, floor, reference = (real_set(prepared, split, classes) for split in splits)
    count = config.count or len(train)
    if isinstance(synthetic, SignalSet):
        candidate = synthetic.draw(count, config.seed)
    else:
        split, best = config.candidate_split, config.best
        candidate = candidate_set(Path(synthetic), reference, prepared.codec, count, config.seed, split, best)
    case = Case(train, floor, reference, candidate, config.seed)
    facts = {
        "candidate": _about(candidate) | {"place": None if isinstance(synthetic, SignalSet) else str(synthetic)},
        **{role: _about(getattr(case, role)) for role in ("train", "floor", "reference")},
        "dataset": prepared.name,
        "fingerprint": prepared.metadata["fingerprint"],
        "leads": list(reference.leads),
        "fs": reference.fs,
        "length": reference.length,
        "classes": list(reference.class_names),
        "judged": min(len(candidate), len(floor)),
        "seed": config.seed,
        "config": to_dict(config),
    }
    return case, facts


def _check(config: JudgeConfig) -> None:
    check_seed(config.seed)
    for name in ("count", "replicates"):
        value = getattr(config, name)
        if value < 0:
            raise InputError(f"{name} must be 0 or more. Received: {name}={value!r}.")
    for name in config.sections:
        if name != NO_SECTIONS:
            SECTIONS[name]


def _run_of(synthetic: str | os.PathLike[str] | SignalSet) -> Run | None:
    if isinstance(synthetic, SignalSet) or not (place_of(synthetic) / CONFIG).is_file():
        return None
    return Run.load(synthetic)


def _opened(data_dir: Path, run: Run | None, config: JudgeConfig) -> Prepared:
    """Opens the dataset asked for, else the one that the run was trained on where the folder holds it among others."""
    trained_on = run.data["name"] if run is not None and (data_dir / run.data["name"]).is_dir() else None
    return open_prepared(data_dir, config.dataset or trained_on)


def _about(signals: SignalSet) -> dict[str, Any]:
    return {
        "name": signals.name,
        "origin": signals.origin,
        "slices": len(signals),
        "patients": len(set(signals.groups.tolist())) if signals.origin == "measured" else None,
    }


def _encoder(config: JudgeConfig) -> Mapping[str, Extractor]:
    return {"encoder": Encoder.load(config.encoder)} if config.encoder else {}


def _sections(judgement: Judgement, run: Run | None, names: Sequence[str], progress: Progress) -> dict[str, Section]:
    chosen = [] if NO_SECTIONS in names else sorted(names or SECTIONS, key=_place)
    made = {name: SECTIONS[name](judgement) for name in progress(chosen)}
    if run is not None and not names:
        made["epochs"] = epochs_section(run)
    return {name: part for name, part in made.items() if part is not None}


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    libraries = ("tensorflow", "keras", "numpy", "scipy", *NEEDS.values())
    return {
        "python": platform.python_version(),
        "ecg_synth": __version__,
        **{name: version(name) for name in libraries},
    }


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} logical CPUs"
