"""The papers' settings, and ours, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecg_synth.config import (
    AcganConfig,
    AcWganConfig,
    DcganConfig,
    FcnClassesConfig,
    FcnConfig,
    FlowClassesConfig,
    FlowConditionsConfig,
    FlowConfig,
    FlowGanConfig,
    OptimizerConfig,
    ResnetClassesConfig,
    ResnetConfig,
    ShortcutConfig,
    TrainConfig,
    WganConfig,
)
from ecg_synth.registry import Registry


@dataclass(frozen=True)
class Preset:
    """A training config with a name.

    Attributes:
        config: The settings.
        about: One line: what it is, and whose numbers these are.
        channels: Channels that the images must have; 0 takes any number.
        codec: Family of codecs that the images must be of, as in `ecg_synth.codec.CODECS`; empty takes any.
    """

    config: TrainConfig
    about: str
    channels: int = 0
    codec: str = ""


PRESETS: Registry[Preset] = Registry("preset")

# P1, 3.3.3: convolutions of 64, 128 and 256, noise of 100, batches of 30, 200 epochs; its starting code's Adam.
_DCGAN = TrainConfig()
PRESETS.register("dcgan")(Preset(_DCGAN, "DCGAN of one lead (P1, 4.2)"))
PRESETS.register("dcgan-smooth")(
    Preset(replace(_DCGAN, label_smoothing=0.1), "the same, real images' target 0.9 (P1, 4.5)")
)

# P1, 4.3: with batches of 30 the mode collapsed after epoch 75; with 60 it did not.
PRESETS.register("rgb-30")(Preset(_DCGAN, "DCGAN of three leads as R, G, B; P1 saw it collapse (P1, 4.3)", channels=3))
_RGB = replace(_DCGAN, batch_size=60)
PRESETS.register("rgb")(Preset(_RGB, "the same with batches of 60, P1's cure (P1, 4.3)", channels=3))
PRESETS.register("rgb-smooth")(
    Preset(replace(_RGB, label_smoothing=0.1), "the same, real images' target 0.9 (P1, 4.5)", channels=3)
)

# P1, 4.6: class and noise, batches of 64, real targets of 0.9, 400 epochs, classes under-sampled to the smallest.
PRESETS.register("acgan")(
    Preset(
        TrainConfig(model=AcganConfig(), batch_size=64, epochs=400, label_smoothing=0.1, balance="under"),
        "ACGAN: a class of your choice, classes brought to one size (P1, 4.6)",
    )
)

# P1, 3.3.3: one linear hidden layer of 64, noise of 5, batches of 20, 100 epochs, for Thyroid's 7x7 images.
PRESETS.register("thyroid")(
    Preset(
        TrainConfig(model=FcnConfig(), batch_size=20, epochs=100), "FCN of a table's rows (P1, 3.3.3)", codec="table"
    )
)
# Ours, for P1's linear layers hardly ever make a 1 of a rare binary column: docs/tables.md has both beside each other.
_THYROID_BETTER = TrainConfig(
    model=FcnConfig(latent_dim=32, hidden=(128, 128), activation="leaky_relu", output="tanh", ema=0.999),
    optimizer=OptimizerConfig(1e-3, 5e-4, beta_1=0.0, beta_2=0.9),
    batch_size=128,
    epochs=150,
    loss="wasserstein",
    gradient_penalty=10.0,
    d_steps=3,
    null_mask=True,
)
PRESETS.register("thyroid-better")(
    Preset(_THYROID_BETTER, "FCN of a table's rows, Wasserstein loss, NULL pixels always 0", codec="table")
)
PRESETS.register("thyroid-classes")(
    Preset(
        replace(
            _THYROID_BETTER,
            model=FcnClassesConfig(latent_dim=32, hidden=(128, 128), activation="leaky_relu", output="tanh", ema=0.999),
            epochs=60,
            balance="over",
        ),
        "the same with a class of your choice, to train classifiers on",
        codec="table",
    )
)

# P1, 3.2, figs. 1 and 2: 100 epochs each; the widths are ours, for P1 gives none. Without R1 the CNN collapses after
# epoch 54 (docs/health.md).
PRESETS.register("fingerprint-fcn")(
    Preset(
        TrainConfig(
            model=FcnConfig(latent_dim=100, hidden=(256, 512), activation="leaky_relu", output="tanh"),
            batch_size=32,
            epochs=100,
        ),
        "FCN of pictures (P1, 3.2, fig. 1)",
        codec="picture",
    )
)
PRESETS.register("fingerprint-cnn")(
    Preset(
        TrainConfig(model=DcganConfig(filters=(16, 32, 64)), batch_size=32, epochs=100, label_smoothing=0.1, r1=10.0),
        "DCGAN of pictures (P1, 3.2, fig. 2), with R1",
        codec="picture",
    )
)

# Gulrajani et al. 2017, algorithm 1: penalty 10, five steps of the critic, Adam 1e-4 with moments 0 and 0.9.
_WGAN_GP = TrainConfig(
    model=WganConfig(),
    optimizer=OptimizerConfig(1e-4, 1e-4, beta_1=0.0, beta_2=0.9),
    batch_size=64,
    loss="wasserstein",
    gradient_penalty=10.0,
    d_steps=5,
)
PRESETS.register("wgan-gp")(Preset(_WGAN_GP, "Wasserstein GAN with gradient penalty (Gulrajani et al. 2017)"))
PRESETS.register("ac-wgan-gp")(
    Preset(replace(_WGAN_GP, model=AcWganConfig(), balance="under"), "the same with a class of your choice (P2)")
)

# Small enough for a first look on a laptop's CPU; nobody's published numbers. An epoch takes a second, and making sure
# that a checkpoint is on the disk takes as long.
PRESETS.register("demo")(
    Preset(
        TrainConfig(
            model=DcganConfig(latent_dim=32, filters=(16, 32, 64)),
            label_smoothing=0.1,
            epochs=80,
            image_every=20,
            checkpoint_every=20,
        ),
        "a small DCGAN for a first look on a laptop",
    )
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
PRESETS.register("gan-modern")(Preset(_MODERN, "residual networks, relativistic loss, R1 and R2, averaged (R3GAN)"))
PRESETS.register("gan-modern-classes")(
    Preset(replace(_MODERN, model=ResnetClassesConfig(), balance="over"), "the same with a class of your choice")
)
PRESETS.register("gan-modern-small")(
    Preset(
        replace(_MODERN, model=ResnetConfig(latent_dim=16, filters=(8, 16), signal_scales=(4,)), batch_size=16),
        "gan-modern as a small twin, for tests and a first look",
    )
)
PRESETS.register("gan-modern-classes-small")(
    Preset(
        replace(
            _MODERN,
            model=ResnetClassesConfig(latent_dim=16, filters=(8, 16), signal_scales=(4,)),
            balance="over",
            batch_size=16,
        ),
        "gan-modern-classes as a small twin",
    )
)


# Lipman et al. 2023, with the times of Esser et al. 2024; widths that a laptop trains in the time of a GAN. Slices
# stretched by up to 1.5 are nearer to other patients' than slices as they are (docs/flow.md).
_FLOW = TrainConfig(
    model=FlowConfig(rhythm=2, gain=1.5),
    optimizer=OptimizerConfig(g_learning_rate=1e-3, beta_1=0.9, beta_2=0.99, decay="cosine"),
    batch_size=64,
    epochs=400,
)
PRESETS.register("flow")(Preset(_FLOW, "flow matching on the decoded signal, sampled in 25 steps of Heun", codec="ecg"))
# As they are: some classes are told by their amplitudes (hypertrophy).
PRESETS.register("flow-classes")(
    Preset(
        replace(_FLOW, model=FlowClassesConfig(rhythm=2), balance="over"),
        "the same with a class of your choice",
        codec="ecg",
    )
)
PRESETS.register("flow-conditions")(
    Preset(
        replace(_FLOW, model=FlowConditionsConfig(rhythm=2, gain=1.5)),
        "the same with a heart rate, age and sex of your choice",
        codec="ecg",
    )
)
PRESETS.register("flow-shortcut")(
    Preset(
        replace(
            _FLOW,
            model=ShortcutConfig(rhythm=2, gain=1.5),
            optimizer=OptimizerConfig(g_learning_rate=3e-4, beta_1=0.9, beta_2=0.99, decay="cosine"),
        ),
        "a flow in 4 steps, or 1; give it a trained one, --start-from runs/flow",
        codec="ecg",
    )
)
# What the flow says of the generator's slices (Yin et al. 2024, DMD and DMD2), and a discriminator that sees them with
# noise, with R3GAN's loss; step sizes fall to nothing over four epochs.
PRESETS.register("flow-gan")(
    Preset(
        replace(
            _MODERN,
            model=FlowGanConfig(rhythm=2, gain=1.5, matching=3.0, noise=True),
            optimizer=OptimizerConfig(
                d_learning_rate=3e-4, g_learning_rate=5e-5, beta_1=0.0, beta_2=0.99, decay="cosine"
            ),
            batch_size=32,
            epochs=4,
            augment=(),
        ),
        "a flow in one step, as a GAN; give it one, --start-from runs/flow-shortcut",
        codec="ecg",
    )
)
# The same networks from the first weights, smaller, and no flow (docs/flow.md: beside dcgan at equal compute).
PRESETS.register("gan-best")(
    Preset(
        replace(
            _MODERN,
            model=FlowGanConfig(filters=(48, 64, 96), gain=1.5, noise=True),
            optimizer=OptimizerConfig(d_learning_rate=3e-4, g_learning_rate=3e-4, beta_1=0.0, beta_2=0.99),
            augment=(),
        ),
        "a GAN of the decoded signal, whose discriminator sees slices with noise",
        codec="ecg",
    )
)
PRESETS.register("flow-small")(
    Preset(
        replace(_FLOW, model=FlowConfig(grid=64, filters=(8, 16), patch=1, steps=4), batch_size=16),
        "flow as a small twin, for tests and a first look",
        codec="ecg",
    )
)


def get_preset(name: str) -> TrainConfig:
    """Returns the settings of the preset called `name`.

    Raises:
        InputError: There is no such preset; the message lists the valid names.
    """
    return PRESETS[name].config
