"""A training shared between devices, in a process of its own: DEVICES EPOCHS RUN_DIR [RUN_DIR_IN_TWO_SITTINGS]."""

import dataclasses
import sys

from toy_training import toy_set

from ecg_synth.config import FcnConfig, TrainConfig

CONFIG = TrainConfig(
    model=FcnConfig(hidden=(8,), activation="leaky_relu", ema=0.9),
    batch_size=8,
    loss="wasserstein",
    gradient_penalty=10.0,
    d_steps=2,
    image_every=5,
    epochs=2,
)


def main(devices, epochs, run_dir, in_two=None):
    from ecg_synth.training import train

    config = dataclasses.replace(CONFIG, devices=int(devices), epochs=int(epochs))
    train(config, toy_set(), run_dir, progress=False)
    if in_two is not None:
        train(dataclasses.replace(config, epochs=1), toy_set(), in_two, progress=False)
        train(config, toy_set(), in_two, progress=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
