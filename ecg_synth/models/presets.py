"""The papers' settings, and ours, as data."""

from __future__ import annotations

from ecg_synth.config import DcganConfig, TrainConfig
from ecg_synth.registry import Registry

PRESETS: Registry[TrainConfig] = Registry("preset")

# P1, 3.3.3: convolutions of 64, 128 and 256, noise of 100, batches of 30, 200 epochs; its starting code's Adam.
PRESETS.register("dcgan")(TrainConfig())

# P1, 4.5: real targets of 0.9.
PRESETS.register("dcgan-smooth")(TrainConfig(label_smoothing=0.1))

# Small enough for a first look on a laptop's CPU; nobody's published numbers.
PRESETS.register("demo")(
    TrainConfig(model=DcganConfig(latent_dim=32, filters=(16, 32, 64)), label_smoothing=0.1, epochs=80)
)


def get_preset(name: str) -> TrainConfig:
    """Returns the preset called `name`.

    Raises:
        InputError: There is no such preset; the message lists the valid names.
    """
    return PRESETS[name]
