"""The papers' settings, and ours, as data."""

from __future__ import annotations

from dataclasses import replace

from ecg_synth.config import OptimizerConfig, TrainConfig
from ecg_synth.config_models import (
    AcganConfig,
    AcWganConfig,
    DcganConfig,
    FcnConfig,
    ResnetClassesConfig,
    ResnetConfig,
    WganConfig,
)
from ecg_synth.registry import Registry

PRESETS: Registry[TrainConfig] = Registry("preset")

# P1, 3.3.3: convolutions of 64, 128 and 256, noise of 100, batches of 30, 200 epochs; its starting code's Adam.
_DCGAN = TrainConfig()
PRESETS.register("dcgan")(_DCGAN)

# P1, 4.5: real targets of 0.9.
PRESETS.register("dcgan-smooth")(replace(_DCGAN, label_smoothing=0.1))

# P1, 4.3: three leads in R, G, B. With batches of 30 the mode collapsed after epoch 75; with 60 it did not.
PRESETS.register("rgb-30")(_DCGAN)
PRESETS.register("rgb")(replace(_DCGAN, batch_size=60))

# P1, 4.5: the RGB model with real targets of 0.9.
PRESETS.register("rgb-smooth")(replace(_DCGAN, batch_size=60, label_smoothing=0.1))

# P1, 4.6: class and noise, batches of 64, real targets of 0.9, 400 epochs, classes under-sampled to the smallest.
PRESETS.register("acgan")(
    TrainConfig(model=AcganConfig(), batch_size=64, epochs=400, label_smoothing=0.1, balance="under")
)

# P1, 3.3.3: one linear hidden layer of 64, noise of 5, batches of 20, 100 epochs, for Thyroid's 7x7 images.
PRESETS.register("thyroid")(TrainConfig(model=FcnConfig(), batch_size=20, epochs=100))

# Gulrajani et al. 2017, algorithm 1: penalty 10, five steps of the critic, Adam 1e-4 with moments 0 and 0.9.
_WGAN_GP = TrainConfig(
    model=WganConfig(),
    optimizer=OptimizerConfig(1e-4, 1e-4, beta_1=0.0, beta_2=0.9),
    batch_size=64,
    loss="wasserstein",
    gradient_penalty=10.0,
    d_steps=5,
)
PRESETS.register("wgan-gp")(_WGAN_GP)
PRESETS.register("ac-wgan-gp")(replace(_WGAN_GP, model=AcWganConfig(), balance="under"))

# Small enough for a first look on a laptop's CPU; nobody's published numbers.
PRESETS.register("demo")(
    TrainConfig(model=DcganConfig(latent_dim=32, filters=(16, 32, 64)), label_smoothing=0.1, epochs=80)
)


# Huang et al. 2024 (R3GAN): relativistic loss, R1 and R2, no momentum; shifts, gains and offsets in time (Zhao et al.
# 2020). Widths such that a step costs about what a step of `dcgan` does.
_MODERN = TrainConfig(
    model=ResnetConfig(),
    optimizer=OptimizerConfig(5e-4, 5e-4, beta_1=0.0, beta_2=0.99),
    batch_size=64,
    loss="relativistic",
    r1=1.0,
    r2=1.0,
    augment=("shift", "gain", "offset"),
)
PRESETS.register("gan-modern")(_MODERN)
PRESETS.register("gan-modern-classes")(replace(_MODERN, model=ResnetClassesConfig(), balance="over"))
PRESETS.register("gan-modern-small")(
    replace(_MODERN, model=ResnetConfig(latent_dim=16, filters=(8, 16), signal_scales=(4,)), batch_size=16)
)
PRESETS.register("gan-modern-classes-small")(
    replace(
        _MODERN,
        model=ResnetClassesConfig(latent_dim=16, filters=(8, 16), signal_scales=(4,)),
        balance="over",
        batch_size=16,
    )
)


def get_preset(name: str) -> TrainConfig:
    """Returns the preset called `name`.

    Raises:
        InputError: There is no such preset; the message lists the valid names.
    """
    return PRESETS[name]
