"""Fingerprints by a fully connected and by a convolutional GAN (P1, 3.2, figs. 1 and 2): docs/fingerprints.png.

    python benchmarks/pictures.py --source-dir ../shared/data/images/fingerprint --out build/pictures --docs docs

Five pictures train no GAN: 400 crops are cut out of each. Drawn are crops of pictures that were held out, and beside
them what each model makes, the first images of seed 0.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from ecg_synth import get_preset, load_sampler, train
from ecg_synth.config import PictureConfig
from ecg_synth.data.prepare_images import prepare_pictures
from ecg_synth.data.quiet import import_tensorflow
from ecg_synth.plots_pictures import image_panels

PRESETS = ("fingerprint-fcn", "fingerprint-cnn")
# The prints are SFinGe's: a program drew them.
PICTURE = PictureConfig(32, 32, origin="synthetic", crops=400, crop_size=48)
SHOWN = 36


def main(argv: Sequence[str] | None = None) -> None:
    """Prints nothing of its own: it trains both presets and draws what they make."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--docs", type=Path, default=None, help="write fingerprints.png there")
    parser.add_argument("--max-minutes", type=float, default=0.0, help="of each training; 0 is no limit")
    options = parser.parse_args(argv)
    import_tensorflow()
    prepared = prepare_pictures(options.source_dir, options.out / "data", PICTURE)
    groups = {"crops of a held-out print (SFinGe)": prepared.load("test").images[:SHOWN]}
    for name in PRESETS:
        config = dataclasses.replace(get_preset(name), max_minutes=options.max_minutes)
        run = train(config, prepared.load("train"), options.out / name, preset=name)
        sampler, facts = load_sampler(run.path)
        groups[f"{name}, epoch {facts['epoch']}"] = sampler.sample(SHOWN, 0).images
    title = f"{prepared.name}: input, and synthetic images of two models, not chosen"
    image_panels(groups, (options.docs or options.out) / "fingerprints.png", title)


if __name__ == "__main__":
    main()
