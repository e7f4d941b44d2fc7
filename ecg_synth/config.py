"""Every default of the package, as frozen dataclasses: one a stage.

The command line's flags are generated from these classes, a TOML file overrides them, and the resolved values are
written as JSON beside each result. A default stands here, or for a model's networks in config_models.py, and nowhere
else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ecg_synth.config_models import DcganConfig, ModelConfig


@dataclass(frozen=True)
class CodecConfig:
    """How slices become images.

    Attributes:
        leads: Leads of a slice.
        standardization: How mV become grey levels: adapted, minmax or quantile.
        arrangement: Where samples go on the image: z, transposed, reversed, boustrophedon, hilbert, spiral or random
            (random:7 has seed 7).
        length: Samples a slice; where they do not fill the image, it is padded.
        fs: Sampling rate of a slice in Hz; records at another rate are resampled.
        image_shape: Height and width of one lead's image in pixels; by default the smallest square that holds a slice.
        layout: How leads share an image: stacked (a channel each), stripes or tiles (one channel).
        independent: Of the limb leads store i and ii alone, and compute iii, avr, avl and avf on decoding.
        stride: Samples from the start of a slice to that of the next; 0 is the slice's length, less lets them overlap.
    """

    leads: tuple[str, ...] = ("i",)
    standardization: str = "adapted"
    arrangement: str = "z"
    length: int = 2025
    fs: float = 1000.0
    image_shape: tuple[int, ...] = ()
    layout: str = "stacked"
    independent: bool = False
    stride: int = 0

    @property
    def name(self) -> str:
        """The TFDS config name of this choice, for example `i_adapted_z`."""
        # A colon would end the name in TFDS's `dataset/config:version`.
        parts = ["-".join(self.leads), self.standardization, self.arrangement.replace(":", "-")]
        default = CodecConfig()
        if self.length != default.length:
            parts.append(f"{self.length}samples")
        if self.fs != default.fs:
            parts.append(f"{self.fs:g}hz")
        if self.image_shape:
            parts.append("x".join(map(str, self.image_shape)))
        if self.layout != default.layout:
            parts.append(self.layout)
        if self.independent:
            parts.append("independent")
        if self.stride not in (0, self.length):
            parts.append(f"stride{self.stride}")
        return "_".join(parts)


@dataclass(frozen=True)
class TableImageConfig:
    """How rows of a table become images (P1, 3.3.2).

    Attributes:
        placement: Which column stands on which pixel: blocks, rows or center.
        side: Height and width in pixels; the paper's 7 are for fully connected networks, a DCGAN needs 8.
    """

    placement: str = "blocks"
    side: int = 7

    @property
    def name(self) -> str:
        """The TFDS config name of this choice, for example `blocks` or `blocks_8x8`."""
        return self.placement if self.side == TableImageConfig.side else f"{self.placement}_{self.side}x{self.side}"


@dataclass(frozen=True)
class PictureConfig:
    """How picture files become images of one size.

    Attributes:
        height: In pixels.
        width: In pixels.
        channels: 1 for grey, 3 for color.
        origin: What the files are: measured (photographs, scans), simulated or synthetic (a program drew them).
    """

    height: int = 64
    width: int = 64
    channels: int = 1
    origin: str = "measured"

    @property
    def name(self) -> str:
        """How a TFDS config name ends, for example `64x64_grey`."""
        return f"{self.height}x{self.width}_{'grey' if self.channels == 1 else 'color'}"


@dataclass(frozen=True)
class SplitConfig:
    """Shares of the patients in each split; they sum to 1.

    Attributes:
        train: Share of the patients to train on.
        validation: Share to choose by.
        test: Share that nothing but the last evaluation sees.
        seed: Seed of the draw.
    """

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1
    seed: int = 0

    @property
    def suffix(self) -> str:
        """What a TFDS config name ends with: nothing for the default split."""
        if self == SplitConfig():
            return ""
        return f"_split-{self.train:g}-{self.validation:g}-{self.test:g}-{self.seed}"


@dataclass(frozen=True)
class FoldConfig:
    """Which of PTB-XL's ten stratified folds make which split (Wagner et al. 2020 advise these).

    Attributes:
        train_folds: For ptbxl: folds to train on.
        validation_folds: For ptbxl: folds to choose by.
        test_folds: For ptbxl: folds that nothing but the last evaluation sees.
    """

    train_folds: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)
    validation_folds: tuple[int, ...] = (9,)
    test_folds: tuple[int, ...] = (10,)

    @property
    def suffix(self) -> str:
        """What a TFDS config name ends with: nothing for the default folds."""
        if self == FoldConfig():
            return ""
        lists = (self.train_folds, self.validation_folds, self.test_folds)
        return "_folds-" + "-".join(".".join(map(str, folds)) or "none" for folds in lists)


@dataclass(frozen=True)
class SourceConfig:
    """What some sources need to know beside the place of their records.

    Attributes:
        table: For wfdb, edf and csv: a CSV file with the columns record, patient and, if known, diagnosis.
        rate: For ptbxl: which files to read, those at 500 Hz or at 100 Hz.
        csv_fs: For csv: sampling rate in Hz of files without a column time.
        skip_bad: Leave out a record that cannot be read, by name and with its reason, instead of stopping.
    """

    table: str | None = None
    rate: int = 500
    csv_fs: float | None = None
    skip_bad: bool = False


@dataclass(frozen=True)
class SimulateConfig:
    """The simulated database.

    Attributes:
        patients: Number of patients; the first classes of diagnosis come in PTB's proportions.
        duration: Seconds a record.
        seed: Seed of every random draw.
    """

    patients: int = 20
    duration: float = 38.4
    seed: int = 0


@dataclass(frozen=True)
class OptimizerConfig:
    """Adam for both networks (P1's starting code, after Radford et al. 2016).

    Attributes:
        d_learning_rate: Step size of the discriminator.
        g_learning_rate: Step size of the generator.
        beta_1: Decay of the first moment.
        beta_2: Decay of the second moment.
    """

    d_learning_rate: float = 2e-4
    g_learning_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999


@dataclass(frozen=True)
class TrainConfig:
    """One training run.

    Attributes:
        model: The networks: a family and its numbers.
        optimizer: Both optimizers.
        batch_size: Real images a step.
        epochs: Passes over the training split.
        classes: Classes to train on, in this order; the rest is left out. "other=STTC+CD+HYP" joins three under one
            name. Empty: all, as the dataset has them.
        balance: Whether classes are brought to one size first: none, under (to the smallest; P1, 4.6) or over.
        loss: Adversarial loss: non_saturating, minimax, least_squares, hinge, wasserstein or relativistic.
        label_smoothing: Target of real images in the discriminator's loss is 1 - this (P1, 4.5: 0.1 for 0.9).
        gradient_penalty: Weight of WGAN-GP's penalty on the critic's slope between real and generated images.
        r1: Weight of the penalty on the discriminator's slope at real images.
        r2: Weight of the penalty on the discriminator's slope at generated images.
        d_steps: Updates of the discriminator, each on a batch of its own, for one of the generator.
        accumulate: Shares that a batch is learnt in, one after the other, to need less memory; each update is that of
            the whole batch, but for batch normalization, whose statistics are the share's own.
        devices: GPUs to share each batch between; where there are fewer, logical CPUs. Batch normalization as above.
        dtype: Keras dtype policy: float32, mixed_bfloat16 or mixed_float16 (for GPUs).
        seed: Seed of weights, noise and order.
        image_every: Epochs between two sample grids and loss plots.
        checkpoint_every: Epochs between two checkpoints.
        max_minutes: Stop at the end of the epoch in which this much training time is reached; 0 means no limit.
    """

    model: ModelConfig = field(default_factory=DcganConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    batch_size: int = 30
    epochs: int = 200
    classes: tuple[str, ...] = ()
    balance: str = "none"
    loss: str = "non_saturating"
    label_smoothing: float = 0.0
    gradient_penalty: float = 0.0
    r1: float = 0.0
    r2: float = 0.0
    d_steps: int = 1
    accumulate: int = 1
    devices: int = 1
    dtype: str = "float32"
    seed: int = 0
    image_every: int = 10
    checkpoint_every: int = 1
    max_minutes: float = 0.0
