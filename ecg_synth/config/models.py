"""The defaults of every family of models, as frozen dataclasses: what `TrainConfig.model` may be."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ModelConfig:
    """What the networks of a GAN are; each family is a subclass with a `name` of its own, listed in `MODEL_CONFIGS`.

    Attributes:
        name: Name of the family, as in `ecg_synth.models.MODELS`; the class says it.
        latent_dim: Length of the noise vector.
        ema: Decay a step of the averaged generator that samples are drawn from; 0 draws from the generator itself.
    """

    name: str = field(default="", init=False)
    latent_dim: int = 100
    ema: float = 0.0


@dataclass(frozen=True)
class FcnConfig(ModelConfig):
    """The fully connected GAN (P1, 3.3.3, for tables).

    Attributes:
        hidden: Nodes of the hidden layers, the generator's from the noise on; the discriminator mirrors them.
        activation: Of the hidden layers: linear (P1), leaky_relu or relu.
        output: What the image's pixels leave the generator by: linear (cut to the range of grey levels) or tanh.
    """

    name: str = field(default="fcn", init=False)
    latent_dim: int = 5
    hidden: tuple[int, ...] = (64,)
    activation: str = "linear"
    output: str = "linear"


@dataclass(frozen=True)
class FcnClassesConfig(FcnConfig):
    """The same, told a class: by an embedding beside the noise and by projection (Miyato and Koyama 2018)."""

    name: str = field(default="fcn_classes", init=False)


@dataclass(frozen=True)
class DcganConfig(ModelConfig):
    """The deep convolutional GAN (P1, 3.3.3; Radford et al. 2016).

    Attributes:
        filters: Feature maps of the discriminator's convolutions, from the image inwards; the generator mirrors them.
        kernel_size: Side of every convolution kernel, in pixels.
        padding: What a kernel sees beyond an image's edge: zeros, or helical: at the right edge of a row the left edge
            of the next, as an ECG goes on in the arrangements z and reversed.
        signal_scales: The discriminator also looks at the signal, averaged over as many samples, for each a head of
            its own; empty for the image alone.
    """

    name: str = field(default="dcgan", init=False)
    filters: tuple[int, ...] = (64, 128, 256)
    kernel_size: int = 4
    padding: str = "zeros"
    signal_scales: tuple[int, ...] = ()


@dataclass(frozen=True)
class AcganConfig(DcganConfig):
    """The auxiliary classifier GAN (P1, 4.6; Odena et al. 2017): class and noise in, source and class out.

    Attributes:
        class_weight: Weight of the class loss L_C beside the source loss L_S.
    """

    name: str = field(default="acgan", init=False)
    class_weight: float = 1.0


@dataclass(frozen=True)
class WganConfig(DcganConfig):
    """The Wasserstein GAN's networks: a critic without batch normalization (Gulrajani et al. 2017, section 4)."""

    name: str = field(default="wgan", init=False)


@dataclass(frozen=True)
class AcWganConfig(AcganConfig):
    """A critic with a class head beside it, for AC-WGAN-GP."""

    name: str = field(default="acwgan", init=False)


@dataclass(frozen=True)
class ResnetConfig(ModelConfig):
    """The modern recipe's residual networks, without batch normalization in the discriminator.

    Attributes:
        filters: Feature maps of the discriminator's blocks, from the image inwards; the generator mirrors them.
        kernel_size: Side of the kernels in pixels; those that halve or double the size are one pixel larger.
        padding: What a kernel sees beyond an image's edge: zeros, or helical: at the right edge of a row the left edge
            of the next, as an ECG goes on in the arrangements z and reversed.
        spectral_norm: Divide the discriminator's kernels by their largest singular value (Miyato et al. 2018).
        signal_scales: The discriminator also looks at the signal, averaged over as many samples, for each a head of
            its own; empty for the image alone.
    """

    name: str = field(default="resnet", init=False)
    ema: float = 0.998
    filters: tuple[int, ...] = (16, 32, 64)
    kernel_size: int = 3
    padding: str = "helical"
    spectral_norm: bool = False
    signal_scales: tuple[int, ...] = (1, 4, 16)


@dataclass(frozen=True)
class ResnetClassesConfig(ResnetConfig):
    """The same, told a class: by an embedding beside the noise and by projection (Miyato and Koyama 2018)."""

    name: str = field(default="resnet_classes", init=False)


@dataclass(frozen=True)
class FlowConfig(ModelConfig):
    """Flow matching: a network that carries noise to slices along a velocity (Lipman et al. 2023).

    Attributes:
        latent_dim: Length of the noise vector; 0: as long as the grid times the leads.
        ema: Decay a step of the averaged network that samples are drawn from.
        grid: Samples of a slice as the network sees it; what is faster than grid / (2 * length) of the rate is cut off.
        emphasis: How much high frequencies are lifted before they are learnt: power of the frequency, from 0 to 2.
        spread: Standard deviation of the logits of the times that are learnt from; wider: more of the ends.
        filters: Feature maps of each level of the U-Net; each but the last halves the number of samples.
        patch: Samples folded into the channels of one, before the first convolution.
        rhythm: Further looks at the coarsest level, which know how far apart samples are.
        gain: Each slice's amplitudes are stretched by a factor drawn between 1 / gain and gain before it is learnt.
        steps: Steps from noise to a slice.
        solver: How a step is made: euler, or heun, which looks twice.
        schedule: Where the steps lie: uniform, or late, shorter towards the slice.
    """

    name: str = field(default="flow", init=False)
    latent_dim: int = 0
    ema: float = 0.999
    grid: int = 768
    emphasis: float = 1.0
    spread: float = 1.3
    filters: tuple[int, ...] = (96, 128, 160)
    patch: int = 4
    rhythm: int = 0
    gain: float = 1.0
    steps: int = 25
    solver: str = "heun"
    schedule: str = "uniform"


@dataclass(frozen=True)
class FlowClassesConfig(FlowConfig):
    """The same, told a class.

    Attributes:
        guidance: How far generation goes beyond the field without a class towards the one with it; 1 follows the
            class's own (classifier-free guidance, Ho and Salimans 2022).
    """

    name: str = field(default="flow_classes", init=False)
    guidance: float = 1.0


@dataclass(frozen=True)
class FlowConditionsConfig(FlowConfig):
    """The same, told what is known of the patient and the slice.

    Attributes:
        conditions: What it is told, in this order: heart_rate, age, sex, class_name (one of --classes).
        guidance: As in flow_classes, from the field where nothing is told towards that of what is.
    """

    name: str = field(default="flow_conditions", init=False)
    conditions: tuple[str, ...] = ("heart_rate", "age", "sex")
    guidance: float = 1.0


@dataclass(frozen=True)
class ShortcutConfig(FlowConfig):
    """A flow that takes long steps (Frans et al. 2024); `start_from` a flow distills it.

    Attributes:
        steps: Steps from noise to a slice: 1, 2, 4, ... up to finest.
        finest: Steps of the shortest length, which is learnt from the flow itself.
    """

    name: str = field(default="flow_shortcut", init=False)
    steps: int = 4
    solver: str = "euler"
    finest: int = 32


@dataclass(frozen=True)
class FlowGanConfig(ModelConfig):
    """A GAN whose generator is one step of a flow; `start_from` a flow or a shortcut distills it.

    Attributes:
        latent_dim: Length of the noise vector; 0: as long as the grid times the leads.
        ema: Decay a step of the averaged generator that samples are drawn from.
        grid: Samples of a slice as the networks see it; the flow's.
        emphasis: How much high frequencies are lifted; the flow's.
        filters: Feature maps of each level of the U-Net, and of the discriminator's way down; the flow's.
        patch: Samples folded into the channels of one; the flow's.
        rhythm: Further looks of the generator that know distances; the flow's.
        gain: How far amplitudes of real slices are stretched; the flow's.
        matching: Weight of distribution matching beside the discriminator: the flow itself says where slices go that
            are unlike its own (Yin et al. 2024); 0 for the discriminator alone.
        noise: The discriminator sees slices with noise, and is told how much, so that it learns no record by heart.
    """

    name: str = field(default="flow_gan", init=False)
    latent_dim: int = 0
    ema: float = 0.998
    grid: int = 768
    emphasis: float = 1.0
    filters: tuple[int, ...] = (96, 128, 160)
    patch: int = 4
    rhythm: int = 0
    gain: float = 1.0
    matching: float = 0.0
    noise: bool = False


MODEL_CONFIGS: dict[str, type[ModelConfig]] = {
    config.name: config
    for config in (
        FcnConfig,
        FcnClassesConfig,
        DcganConfig,
        AcganConfig,
        WganConfig,
        AcWganConfig,
        ResnetConfig,
        ResnetClassesConfig,
        FlowConfig,
        FlowClassesConfig,
        FlowConditionsConfig,
        ShortcutConfig,
        FlowGanConfig,
    )
}
"""The families of models by name: what a run's `config.json` or a TOML file calls `name`."""
