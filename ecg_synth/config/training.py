"""The defaults of a training run."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecg_synth.config.models import DcganConfig, ModelConfig


@dataclass(frozen=True)
class OptimizerConfig:
    """Adam for both networks (P1's starting code, after Radford et al. 2016).

    Attributes:
        d_learning_rate: Step size of the discriminator.
        g_learning_rate: Step size of the generator.
        beta_1: Decay of the first moment.
        beta_2: Decay of the second moment.
        decay: How step sizes fall from epoch to epoch, to the last of `epochs`: none, or cosine, to nothing.
    """

    d_learning_rate: float = 2e-4
    g_learning_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999
    decay: str = "none"


@dataclass(frozen=True)
class StopConfig:
    """When to stop before the last epoch, by any column of `metrics.csv`.

    Attributes:
        monitor: The metric to stop by: accuracy_fake, f1_swap, frechet, d_loss or any other column; empty for none.
        mode: Whether more of it is better: max or min.
        target: Stop when it is reached.
        patience: Stop when this many epochs have brought nothing better; 0 for no such rule.
        after: Epochs that do not count, in which nothing is stopped.
    """

    monitor: str = ""
    mode: str = "max"
    target: float | None = None
    patience: int = 0
    after: int = 0


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
        crop: Samples of a random window of each slice, another one in every epoch, to train on; 0 is the whole slice.
        balance: Whether classes are brought to one size first: none, under (to the smallest; P1, 4.6) or over.
        loss: Adversarial loss: non_saturating, minimax, least_squares, hinge, wasserstein or relativistic.
        label_smoothing: Target of real images in the discriminator's loss is 1 - this (P1, 4.5: 0.1 for 0.9).
        gradient_penalty: Weight of WGAN-GP's penalty on the critic's slope between real and generated images.
        r1: Weight of the penalty on the discriminator's slope at real images.
        r2: Weight of the penalty on the discriminator's slope at generated images.
        d_steps: Updates of the discriminator, each on a batch of its own, for one of the generator.
        null_mask: Tell the generator which pixels hold nothing (a table's NULL area, an ECG's padding), so that they
            are exactly 0 in everything it makes; P1's models have to learn it.
        augment: What happens in time to the ECGs that the discriminator sees, in this order: shift, gain, offset,
            noise, cutout.
        accumulate: Shares that a batch is learnt in, one after the other, to need less memory; each update is that of
            the whole batch, but for batch normalization, whose statistics are the share's own.
        devices: GPUs to share each batch between; where there are fewer, logical CPUs. Batch normalization as above.
        dtype: Keras dtype policy: float32, mixed_bfloat16 or mixed_float16 (for GPUs).
        seed: Seed of weights, noise and order.
        image_every: Epochs between two sample grids and loss plots.
        checkpoint_every: Epochs between two checkpoints.
        max_minutes: Stop at the end of the epoch in which this much training time is reached; 0 means no limit.
        on_trouble: When a detector names mode collapse, a vanishing gradient or divergence: warn, stop or ignore.
        classify_every: Epochs between two judgements by the parallel classifier (P1, 4.6), of a model with classes;
            0 for none.
        evaluate_every: Epochs between two judgements of generated ECGs by their Frechet distance to the validation
            split (column frechet); the best weights are kept in best/. 0 for none.
        evaluate_by: Features that the distance is measured in, a name of `ecg_synth.metrics.extractors.EXTRACTORS`.
        stop: A metric to stop by.
        start_from: Run folder of a trained model of the same family, whose weights this one begins with where they fit:
            another number of leads or classes, or your own few records after many public ones. Empty: from the seed.
    """

    model: ModelConfig = field(default_factory=DcganConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    batch_size: int = 30
    epochs: int = 200
    classes: tuple[str, ...] = ()
    crop: int = 0
    balance: str = "none"
    loss: str = "non_saturating"
    label_smoothing: float = 0.0
    gradient_penalty: float = 0.0
    r1: float = 0.0
    r2: float = 0.0
    d_steps: int = 1
    null_mask: bool = False
    augment: tuple[str, ...] = ()
    accumulate: int = 1
    devices: int = 1
    dtype: str = "float32"
    seed: int = 0
    image_every: int = 10
    checkpoint_every: int = 1
    max_minutes: float = 0.0
    on_trouble: str = "warn"
    classify_every: int = 0
    evaluate_every: int = 0
    evaluate_by: str = "spectrum"
    stop: StopConfig = field(default_factory=StopConfig)
    start_from: str = ""
