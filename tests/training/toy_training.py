"""A training of a few seconds, also as a process of its own that can be killed: RUN_DIR [DIE_IN_CHECKPOINT]."""

import os
import signal
import sys

import numpy as np

from ecg_synth.config import DcganConfig, TrainConfig
from ecg_synth.data import SliceSet

CONFIG = TrainConfig(
    model=DcganConfig(latent_dim=5, filters=(4, 8)), batch_size=8, epochs=24, image_every=6, checkpoint_every=2
)


def toy_set(count=44, side=16, seed=0):
    images = np.random.default_rng(seed).integers(0, 256, (count, side, side, 1), np.uint8)
    labels = np.zeros(count, np.int64)
    return SliceSet(images, labels, ("healthy",), {"standardization": "adapted"}, "simulated", "toy")


def main(run_dir, die_in_checkpoint=0):
    from ecg_synth.training import checkpoints, train

    write, written = checkpoints._write, []

    def write_and_die(path, content):
        write(path, content)
        written.append(path)
        if die_in_checkpoint and len(written) == 2 * die_in_checkpoint - 1:
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoints._write = write_and_die
    train(CONFIG, toy_set(), run_dir, progress=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
