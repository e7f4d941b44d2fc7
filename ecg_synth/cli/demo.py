"""`ecg-synth demo`: the whole way on a simulated database, in about two minutes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ecg_synth.cli.show import bar
from ecg_synth.data.quiet import quiet_tfds


@dataclass(frozen=True)
class Demo:
    """Simulate a database, make images, train a small GAN, generate and export, and draw what came out.

    Attributes:
        out: Folder to make.
        seed: Seed of everything random.
        pretrained: Train nothing: draw from the model of real ECGs that comes with the package, in seconds.
        epochs: Epochs to train; 0 takes the preset's.
        overwrite: Replace a folder that stands there.
    """

    out: str = "runs/demo"
    seed: int = 0
    pretrained: bool = False
    epochs: int = 0
    overwrite: bool = False

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Does all of it and says where to look."""
        from ecg_synth.errors import check_seed
        from ecg_synth.files import new_folder

        started = time.perf_counter()
        check_seed(self.seed)
        out = Path(self.out)
        # The demo is cheap to repeat: what stands there is an older demo, or it is refused.
        with new_folder(out, self.overwrite or _is_demo(out)) as folder:
            if self.pretrained:
                (folder / MARK).write_text("Made by 'ecg-synth demo --pretrained': synthetic ECGs.\n")
                _draw(folder, self.seed)
            else:
                (folder / MARK).write_text("Made by 'ecg-synth demo': simulated data, synthetic results.\n")
                _chain(folder, self.seed, self.epochs)
        print(f"Done in {time.perf_counter() - started:.0f} s.")
        if self.pretrained:
            print(f"Look at {out / 'synthetic.png'}; ten synthetic WFDB records are in {out / 'synthetic'}.")
            print(
                f"More of them: ecg-synth generate --run-dir {MODEL} --heart-rate 50..90 --age 70 --sex female "
                f"--class MI --count 100 --out more"
            )
            return
        print(f"Look at {out / 'simulated_and_synthetic.png'} and {out / 'run/images'};")
        print(f"ten synthetic WFDB records are in {out / 'synthetic'}, the SavedModel in {out / 'saved_model'}.")
        print(
            "Next, on real ECGs: ecg-synth download --out ptbdb && ecg-synth prepare --source-dir ptbdb "
            "--data-dir data && ecg-synth train --data-dir data --run-dir runs/ptb"
        )


MARK = "DEMO.txt"
MODEL = "pretrained:ptbxl-i-told"
# Per minute: what each column is asked for.
ASKED = (60, 90)
PICTURED = 6
WRITTEN = 10
PTB_DURATION = 115.2


def _is_demo(out: Path) -> bool:
    return (out / MARK).is_file()


def _chain(folder: Path, seed: int, epochs: int) -> None:
    from ecg_synth.config import SimulateConfig
    from ecg_synth.signals.simulate import write_simulated_database

    _say(1, "Simulating a PTB-like database (nothing here was recorded from a patient)")
    config = SimulateConfig(seed=seed, duration=PTB_DURATION)
    write_simulated_database(folder / "database", config, progress=bar("Simulating", "patient"))

    _say(2, "Cutting it into slices and laying them out as images")
    from ecg_synth.data.prepare import prepare

    quiet_tfds()
    prepared = prepare(folder / "database", folder / "data")
    slice_set = prepared.load("train")
    print(
        f"      {len(slice_set)} slices of {slice_set.images.shape[1]}x{slice_set.images.shape[2]} pixels to train on"
    )

    _say(3, "Training a small DCGAN on them")
    run = _train(slice_set, folder / "run", seed, epochs)

    _say(4, "Generating, decoding to mV, writing WFDB and a SavedModel")
    from ecg_synth.sampling.load import load_sampler
    from ecg_synth.serving.export import export_saved_model
    from ecg_synth.serving.write import write_synthetic

    sampler, facts = load_sampler(run.path)
    write_synthetic(sampler, facts, WRITTEN, seed, folder / "synthetic", progress=bar("Generating", "slice"))
    export_saved_model(sampler, facts, folder / "saved_model")

    _picture(sampler, prepared, seed, folder / "simulated_and_synthetic.png")


def _draw(folder: Path, seed: int) -> None:
    import numpy as np

    from ecg_synth.plots_signals import ecg_columns
    from ecg_synth.sampling.load import load_sampler
    from ecg_synth.serving.records import write_records
    from ecg_synth.serving.synthetic import iter_synthetic, synthetic_facts

    sampler, facts = load_sampler(MODEL)
    print(f"Drawing from {MODEL}: trained on {facts['trained_on']} ({facts['trained_on_origin']}), not yet audited")
    # Drawn once: a flow takes its time.
    asked = [rate for rate in ASKED for _ in range(PICTURED)]
    drawn = list(
        iter_synthetic(sampler, len(asked), seed, progress=bar("Generating", "slice"), conditions={"heart_rate": asked})
    )
    (folder / "synthetic").mkdir()
    write_records(folder / "synthetic", drawn[:WRITTEN], sampler, synthetic_facts(facts, seed))
    signal_mv = np.stack([one.decoded for one in drawn])
    columns = [
        (f"synthetic, asked for {rate} /min", part)
        for rate, part in zip(ASKED, np.split(signal_mv, len(ASKED)), strict=True)
    ]
    title = f"synthetic ECGs, {MODEL}, seed {seed}: the first twelve, not chosen"
    ecg_columns(columns, sampler.codec.fs, sampler.codec.leads, folder / "synthetic.png", title)


def _train(slice_set: Any, run_dir: Path, seed: int, epochs: int) -> Any:
    import dataclasses

    from ecg_synth.models.presets import get_preset
    from ecg_synth.training.train import train

    config = dataclasses.replace(get_preset("demo"), seed=seed)
    if epochs:
        config = dataclasses.replace(config, epochs=epochs)
    return train(config, slice_set, run_dir, preset="demo")


def _picture(sampler: Any, prepared: Any, seed: int, path: Path) -> None:
    import numpy as np

    from ecg_synth.plots_signals import ecg_columns

    codec = sampler.codec
    unseen = prepared.load("test")
    chosen = np.random.default_rng(seed).choice(len(unseen), PICTURED, replace=False)
    reference = codec.decode(unseen.images[np.sort(chosen)])
    synthetic = sampler.sample(PICTURED, seed).decoded
    columns = [(f"{unseen.origin} (input)", reference), ("synthetic (generated)", synthetic)]
    ecg_columns(
        columns, codec.fs, codec.leads, path, "ecg-synth demo: simulated ECGs beside synthetic ones, not chosen"
    )


def _say(step: int, what: str) -> None:
    print(f"[{step}/4] {what}", flush=True)
