"""How good a run's samples were, epoch after epoch, from its `metrics.csv`."""

from __future__ import annotations

import numpy as np

from ecg_synth import plots_epochs
from ecg_synth.metrics.section import Section, Table
from ecg_synth.training.best import COLUMN, best_epoch
from ecg_synth.training.run import Run

LOWER = (COLUMN, f"{COLUMN}_real")
WORDS = {
    "c_real": "class of real images told rightly by the discriminator's head",
    "c_fake": "class of generated images told rightly by the discriminator's head",
    "accuracy_real": "trained on real, tested on real: mean accuracy over classes",
    "accuracy_fake": "trained on real, tested on generated: mean accuracy over classes",
    "accuracy_swap": "trained on generated, tested on real: mean accuracy over classes",
    "f1_real": "trained on real, tested on real: macro F1",
    "f1_fake": "trained on real, tested on generated: macro F1",
    "f1_swap": "trained on generated, tested on real: macro F1",
    "frechet_real": "Frechet distance of real training slices to validation slices",
    "frechet": "Frechet distance of generated slices to validation slices",
}


def epochs_section(run: Run) -> Section | None:
    """Returns what a run noted of its samples' quality by epoch (P1, fig. 20; P2, fig. 3).

    Args:
        run: A run that was trained with `--classify-every` or `--evaluate-every`, or whose model has a class head.

    Returns:
        A section with a figure and a table; None where nothing of it was measured.
    """
    columns = run.metrics()
    there = plots_epochs.measured(columns)
    if not there:
        return None
    best = best_epoch(columns)
    found = {name: _found(name, columns) for name in there}
    classes = len(run.data["class_names"])
    chance = 1 / classes if classes > 1 else None
    text = [
        f"{int(columns['epoch'][-1])} epochs of {run.path.name}, trained on {run.data['name']} ({run.data['origin']}). "
        f"The classifier beside the GAN never sees it; the class head is the discriminator's own, which the generator "
        f"learns to please."
    ]
    if best is not None:
        value = found[COLUMN]
        text.append(
            f"Best by Frechet distance in features {run.config.evaluate_by!r}: epoch {best} with {value['best']:.4g}; "
            f"the last one measured has {value['last']:.4g}, real slices {found[f'{COLUMN}_real']['last']:.4g}. The "
            f"best of many epochs is somewhat optimistic: it was chosen by these very slices."
        )
    if {"accuracy_fake", "accuracy_real"} <= set(found):
        fake, real = (found[name]["last"] for name in ("accuracy_fake", "accuracy_real"))
        if fake > real:
            text.append(
                f"Generated classes are easier to tell than real ones ({fake:.3f} against {real:.3f}): the generator "
                f"exaggerates, or makes few patterns a class."
            )
    missing = [
        f"--{flag}"
        for flag, name in (("classify-every", "accuracy_fake"), ("evaluate-every", COLUMN))
        if name not in found
    ]
    if missing:
        text.append(f"Not measured by this run, for it was trained without: {', '.join(missing)}.")
    if "accuracy_fake" in found and "f1_fake" not in found:
        text.append("The version that trained it did not note macro F1.")
    rows = [[WORDS[name], *(found[name][key] for key in ("best", "best_epoch", "last", "epochs"))] for name in there]
    title = f"{run.path.name}: synthetic slices by epoch, trained on {run.data['name']} ({run.data['origin']})"
    return Section(
        "Epoch by epoch",
        text,
        [Table("Metrics of the record", ["", "best", "in epoch", "last", "epochs measured"], rows)],
        {"Accuracy, F1 and Frechet distance by epoch": plots_epochs.epochs_figure(columns, best, chance, title)},
        {"best_epoch": best, "chance": chance, "metrics": found},
    )


def _found(name: str, columns: dict[str, np.ndarray]) -> dict[str, float | int]:
    kept = np.isfinite(columns[name])
    values, epochs = columns[name][kept], columns["epoch"][kept]
    place = int(values.argmin() if name in LOWER else values.argmax())
    return {
        "best": float(values[place]),
        "best_epoch": int(epochs[place]),
        "last": float(values[-1]),
        "epochs": len(values),
    }
