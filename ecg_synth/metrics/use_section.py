"""The report's part on use: are synthetic slices good for training a classifier?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ecg_synth import plots_use
from ecg_synth.data.slice_set import UNKNOWN_LABEL
from ecg_synth.metrics.case import Judgement
from ecg_synth.metrics.judged import Judged
from ecg_synth.metrics.scores import SCORES
from ecg_synth.metrics.section import SECTIONS, Section, Table
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.use import (
    CHANCE,
    COMPONENTS,
    SEEDS,
    SHARES,
    TRTR,
    TRTS,
    TSTR,
    Answers,
    Labeled,
    Score,
    Use,
    ways_of_use,
)

TITLE = "Use"
WORDS = {
    TRTR: "real (the ceiling)",
    TSTR: "synthetic",
    TRTS: "real",
    CHANCE: "real, labels permuted (chance)",
}


@SECTIONS.register("use")
def use_section(judgement: Judgement) -> Section | None:
    """Returns the section; None where train, reference or candidate have no classes."""
    case = judgement.case
    # All slices of the candidate: a classifier may learn from as many as there are real ones.
    asked = {"train": case.train, "reference": case.reference, "candidate": case.candidate}
    named = {role: _classes(signals) for role, signals in asked.items()}
    if not all(named.values()):
        return None
    common = [name for name in named["train"] if all(name in names for names in named.values())]
    left_out = {
        role: [name for name in names if name not in common]
        for role, names in named.items()
        if set(names) - set(common)
    }
    if len(common) < 2:
        listed = "; ".join(f"{role}: {', '.join(names)}" for role, names in named.items())
        return Section(
            TITLE,
            [f"Nothing to tell apart: fewer than two classes have slices in all three sets ({listed})."],
            values={"classes": common, "left_out": left_out},
        )
    sets = {role: _labeled(Judged(signals, judgement.extractors), common) for role, signals in asked.items()}
    found = ways_of_use(sets["train"], sets["candidate"], sets["reference"], len(common), judgement.seed)
    return _section(found, sets, common, left_out, asked)


def _classes(signals: SignalSet) -> list[str]:
    """The names that have slices, in the order of the labels."""
    return [signals.class_names[label] for label in np.unique(signals.labels) if label != UNKNOWN_LABEL]


def _labeled(judged: Judged, common: list[str]) -> Labeled:
    # By name: another dataset may count its classes in another order.
    signals = judged.signals
    new = np.array([common.index(name) if name in common else -1 for name in signals.class_names] + [-1])
    labels = new[signals.labels]
    kept = labels >= 0
    # Not reduced: each classifier takes a half of the features of its own, and reduces that.
    random: Any = judged.extractors["random"]
    features = judged.once(("kernels",), lambda: random.kernels(judged.signals))
    return Labeled(features[kept].astype(np.float64), labels[kept], signals.groups[kept])


def _section(
    found: Use, sets: dict[str, Labeled], common: list[str], left_out: dict[str, list[str]], asked: dict[str, SignalSet]
) -> Section:
    tested = {TRTS: "synthetic"}
    rows = [
        [way, WORDS[way], tested.get(way, "real"), round(a.learnt_from), a.tested_on, *(_cell(a, s) for s in SCORES)]
        for way, a in found.ways.items()
    ]
    augmented = []
    for share in SHARES:
        gain, content = _gains(found, share)
        for words, answers in (
            ("real", found.real[share]),
            ("real and synthetic", found.both[share]),
            ("real and synthetic, its labels permuted", found.control[share]),
        ):
            cells = [_cell(answers, name) for name in SCORES]
            augmented.append([f"{share:.0%}", words, round(answers.learnt_from), *cells])
        augmented.append([f"{share:.0%}", "gain", None, *(_gain(gain[name], content[name]) for name in SCORES)])
    heads = [*SCORES.values()]
    counts = {role: np.bincount(s.labels, minlength=len(common)).tolist() for role, s in sets.items()}
    return Section(
        TITLE,
        _text(found, sets, common, left_out),
        [
            Table("Who learns from what", ["", "trained on", "tested on", "slices", "tests", *heads], rows),
            Table(
                "Real slices with and without synthetic ones",
                ["real patients", "trained on", "slices", *heads],
                augmented,
            ),
            Table(
                "Slices of each class",
                ["", *common, "patients"],
                [
                    [role, *counts[role], len(set(s.groups.tolist())) if asked[role].origin == "measured" else None]
                    for role, s in sets.items()
                ],
            ),
        ],
        {
            "Classifiers trained on real slices, with and without synthetic ones": _figure(
                found, asked["candidate"].name
            )
        },
        {
            "classes": common,
            "left_out": left_out,
            "counts": counts,
            "seeds": SEEDS,
            **{way: _values(answers) for way, answers in found.ways.items()},
            "augmentation": {
                f"{share:g}": {
                    "real": _values(found.real[share]),
                    "both": _values(found.both[share]),
                    "control": _values(found.control[share]),
                    **{
                        name: {score: asdict(value) for score, value in gains.items()}
                        for name, gains in zip(("gain", "gain_over_control"), _gains(found, share), strict=True)
                    },
                }
                for share in SHARES
            },
        },
    )


def _text(found: Use, sets: dict[str, Labeled], common: list[str], left_out: dict[str, list[str]]) -> list[str]:
    patients = len(set(sets["reference"].groups.tolist()))
    said = [
        f"Classes: {', '.join(common)}. The classifier is ridge regression on {COMPONENTS} principal components of "
        f"MiniRocket features, classes weighted alike. Each value is the mean of {SEEDS} classifiers ± their standard "
        f"deviation, each with a half of the features and draws of its own; in brackets the 95 % interval over other "
        f"test patients ({patients} are tested). No patient is both learnt from and tested.",
        f"TSTR far below TRTR: what the classes differ by is not in the synthetic slices. TRTS above TRTR: the "
        f"synthetic classes are easier to tell than real ones are. Chance is what the same classifier scores after "
        f"learning permuted labels; with endless data it would be 0.5 of macro AUROC and {1 / len(common):.3f} of "
        f"balanced accuracy.",
        "A gain counts only where the interval is above 0, and above what the same synthetic slices bring with their "
        "labels permuted. The generator learnt from all real labels: a gain at a small share is what somebody with few "
        "labels gains from being given the synthetic slices, not what generating them from so few would bring.",
    ]
    if len(sets["candidate"]) < len(sets["train"]):
        said.append(
            f"There are {len(sets['candidate']):,} synthetic slices for {len(sets['train']):,} real ones: TSTR learns "
            f"from fewer than TRTR. Judge more of them for a fair comparison."
        )
    said += [f"Left out of {role}, for not all sets have them: {', '.join(names)}." for role, names in left_out.items()]
    if found.ways[TRTR].score("macro_auroc").low <= 0.5:
        said.append(
            f"Even real slices are not shown to teach more than chance here: too few test patients ({patients}), or "
            f"classes that such slices do not tell apart. Nothing below says whether synthetic slices would be of use."
        )
    said.append(_verdict(found, len(common)))
    return said


def _verdict(found: Use, classes: int) -> str:
    tstr = found.ways[TSTR]
    chance = {"macro_auroc": 0.5, "balanced_accuracy": 1 / classes}
    better = [SCORES[name] for name, guess in chance.items() if tstr.score(name).low > guess]
    worse = [title for name, title in SCORES.items() if tstr.score(name, found.ways[TRTR]).high < 0]
    values = ", ".join(f"{way} {found.ways[way].score('macro_f1').mean:.3f}" for way in (TSTR, TRTR, CHANCE))
    above = f"better than chance by {_and(better)}" if better else "not shown to be better than chance"
    below = f"worse by {_and(worse)}" if worse else "not shown to be worse"
    return (
        f"Trained on synthetic slices the classifier is {above}, and {below} than trained on real ones (macro F1: "
        f"{values})."
    )


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _figure(found: Use, name: str) -> Any:
    def point(answers: Answers, score: str) -> tuple[float, float, float]:
        value = answers.score(score)
        return value.mean, value.low, value.high

    ways = {
        "real alone": found.real,
        "real and synthetic": found.both,
        "real and synthetic, its labels permuted": found.control,
    }
    curves = {
        title: {way: [point(answers[share], score) for share in SHARES] for way, answers in ways.items()}
        for score, title in SCORES.items()
    }
    lines = {
        title: {
            "synthetic alone": found.ways[TSTR].score(score).mean,
            "chance": found.ways[CHANCE].score(score).mean,
        }
        for score, title in SCORES.items()
    }
    return plots_use.use_figure(SHARES, curves, lines, f"tested on real slices; synthetic: {name}")


def _cell(answers: Answers, name: str) -> str:
    score = answers.score(name)
    return f"{score.mean:.3f} ± {score.spread:.3f} [{score.low:.3f}, {score.high:.3f}]"


def _gains(found: Use, share: float) -> tuple[dict[str, Score], dict[str, Score]]:
    """What the synthetic slices bring, and what of that their labels bring."""
    both = found.both[share]
    gain, content = ({s: both.score(s, than[share]) for s in SCORES} for than in (found.real, found.control))
    return gain, content


def _gain(gain: Score, content: Score) -> str:
    if gain.low > 0:
        word = "helps" if content.low > 0 else "helps no more than slices with wrong labels"
    else:
        word = "hurts" if gain.high < 0 else "no difference shown"
    return f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] {word}"


def _values(answers: Answers) -> dict[str, object]:
    return {
        "learnt_from": answers.learnt_from,
        "tested_on": answers.tested_on,
        **{name: asdict(answers.score(name)) for name in SCORES},
    }
