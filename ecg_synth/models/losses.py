"""Adversarial losses on logits: what each network wants of the discriminator's answers.

A loss is a small immutable object with two methods, so that a GAN is compiled with it as it is with an optimizer, and
any model takes any loss. To add one, subclass `GanLoss` and register it.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import keras
from keras import ops

from ecg_synth.errors import InputError
from ecg_synth.registry import Registry


class GanLoss:
    """Interface of an adversarial loss; a sibling overrides both methods and registers itself.

    Attributes:
        threshold: A logit above this counts as 'judged real' in the metrics `d_real` and `d_fake`.
        pairs: The generator's loss looks at the answers on real images too.
        chance: The discriminator's loss where it cannot tell and answers `threshold` to all; None where answers have
            no zero point, so that the metrics `d_real` and `d_fake` are no shares judged rightly.
    """

    threshold: ClassVar[float] = 0.0
    pairs: ClassVar[bool] = False
    chance: ClassVar[float | None] = 2.0 * math.log(2.0)

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """Returns the scalar float32 loss that the discriminator lowers.

        Args:
            real_logits: Answers on real images, `(batch, heads)`, any float dtype; the mean counts.
            fake_logits: Answers on generated images, `(batch, heads)`, any float dtype.
        """
        raise NotImplementedError

    def generator_loss(self, fake_logits: Any, real_logits: Any = None) -> Any:
        """Returns the scalar float32 loss that the generator lowers.

        Args:
            fake_logits: Answers on generated images, `(batch, heads)`, any float dtype.
            real_logits: Answers on real images; needed where `pairs` is True, not looked at elsewhere.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> GanLoss:
        """Returns the loss that `get_config` described."""
        return cls(**config)


LOSSES: Registry[type[GanLoss]] = Registry("loss")


class _Smoothed(GanLoss):
    """What the losses share that have a target for real images.

    Args:
        label_smoothing: How far the target of real images stays below 1; P1's 0.9 is 0.1 here.

    Raises:
        InputError: `label_smoothing` is outside [0, 0.5).
    """

    def __init__(self, label_smoothing: float = 0.0):
        if not 0.0 <= label_smoothing < 0.5:
            raise InputError(
                f"Label smoothing must be at least 0 and below 0.5, else a real image's target is no longer "
                f"'real'. Received: label_smoothing={label_smoothing!r}."
            )
        self.label_smoothing = label_smoothing

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"label_smoothing": self.label_smoothing}


@LOSSES.register("non_saturating")
@keras.saving.register_keras_serializable("ecg_synth")
class NonSaturatingLoss(_Smoothed):
    """Cross-entropy on both sides; the generator raises log D(G(z)) (Goodfellow et al. 2014, section 3).

    The discriminator lowers `BCE(real, 1 - label_smoothing) + BCE(fake, 0)`; the generator lowers `BCE(fake, 1)`.
    Smoothing is one-sided (P1, 4.5; Salimans et al. 2016, 3.4): a smoothed fake target would reward the
    discriminator for keeping the generator where it already is.

    Args:
        label_smoothing: How far the target of real images stays below 1; P1's 0.9 is 0.1 here.

    Raises:
        InputError: `label_smoothing` is outside [0, 0.5).
    """

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """See `GanLoss.discriminator_loss`."""
        real = _cross_entropy(real_logits, 1.0 - self.label_smoothing)
        return real + _cross_entropy(fake_logits, 0.0)

    def generator_loss(self, fake_logits: Any, real_logits: Any = None) -> Any:
        """See `GanLoss.generator_loss`."""
        return _cross_entropy(fake_logits, 1.0)


@LOSSES.register("minimax")
@keras.saving.register_keras_serializable("ecg_synth")
class MinimaxLoss(NonSaturatingLoss):
    """The game as written: the generator lowers log(1 - D(G(z))) (Goodfellow et al. 2014, eq. 1; L_S of P1's eq. 4).

    Its gradient vanishes where the discriminator is sure; `NonSaturatingLoss` has the same fixed point and is what
    one trains with.

    Args:
        label_smoothing: How far the target of real images stays below 1; P1's 0.9 is 0.1 here.

    Raises:
        InputError: `label_smoothing` is outside [0, 0.5).
    """

    def generator_loss(self, fake_logits: Any, real_logits: Any = None) -> Any:
        """See `GanLoss.generator_loss`."""
        return -_cross_entropy(fake_logits, 0.0)


@LOSSES.register("least_squares")
@keras.saving.register_keras_serializable("ecg_synth")
class LeastSquaresLoss(_Smoothed):
    """Half the squared distance to 1 for real and 0 for generated images (Mao et al. 2017, eq. 9).

    Args:
        label_smoothing: How far the target of real images stays below 1.

    Raises:
        InputError: `label_smoothing` is outside [0, 0.5).
    """

    threshold = 0.5
    chance = 0.25

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """See `GanLoss.discriminator_loss`."""
        return _half_square(real_logits, 1.0 - self.label_smoothing) + _half_square(fake_logits, 0.0)

    def generator_loss(self, fake_logits: Any, real_logits: Any = None) -> Any:
        """See `GanLoss.generator_loss`."""
        return _half_square(fake_logits, 1.0)


@LOSSES.register("hinge")
@keras.saving.register_keras_serializable("ecg_synth")
class HingeLoss(GanLoss):
    """A margin of 1 on both sides; the generator raises the critic's answer (Lim and Ye 2017; Miyato et al. 2018)."""

    chance = 2.0

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """See `GanLoss.discriminator_loss`."""
        real, fake = _float(real_logits), _float(fake_logits)
        return ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))

    def generator_loss(self, fake_logits: Any, real_logits: Any = None) -> Any:
        """See `GanLoss.generator_loss`."""
        return -ops.mean(_float(fake_logits))


@LOSSES.register("wasserstein")
@keras.saving.register_keras_serializable("ecg_synth")
class WassersteinLoss(GanLoss):
    """The critic's mean on generated minus that on real images (Arjovsky et al. 2017; Gulrajani et al. 2017).

    The critic must be 1-Lipschitz: compile with a `GradientPenalty`. Its answers have no zero point, so that `d_real`
    and `d_fake` are no accuracies here; -d_loss estimates the Wasserstein distance.
    """

    chance = None

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """See `GanLoss.discriminator_loss`."""
        return ops.mean(_float(fake_logits)) - ops.mean(_float(real_logits))

    def generator_loss(self, fake_logits: Any, real_logits: Any = None) -> Any:
        """See `GanLoss.generator_loss`."""
        return -ops.mean(_float(fake_logits))


@LOSSES.register("relativistic")
@keras.saving.register_keras_serializable("ecg_synth")
class RelativisticLoss(GanLoss):
    """Each real image against a generated one: log sigmoid of the difference (Jolicoeur-Martineau 2018, RpGAN).

    With `R1` and `R2` it converges where the others need not (Huang et al. 2024, R3GAN). Only differences count, so
    that `d_real` and `d_fake` are no accuracies here.
    """

    pairs = True
    chance = None

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """See `GanLoss.discriminator_loss`."""
        return ops.mean(ops.softplus(_float(fake_logits) - _float(real_logits)))

    def generator_loss(self, fake_logits: Any, real_logits: Any = None) -> Any:
        """See `GanLoss.generator_loss`."""
        return ops.mean(ops.softplus(_float(real_logits) - _float(fake_logits)))


def make_loss(name: str, label_smoothing: float = 0.0) -> GanLoss:
    """Builds the loss called `name`.

    Raises:
        InputError: There is none of this name, or it has no target that smoothing could lower.
    """
    kind = LOSSES[name]
    if issubclass(kind, _Smoothed):
        return kind(label_smoothing)
    if label_smoothing:
        raise InputError(
            f"The loss {name!r} has no target to smooth. Received: label_smoothing={label_smoothing!r}. "
            f"Set it to 0, or choose one of {', '.join(n for n, k in LOSSES.items() if issubclass(k, _Smoothed))}."
        )
    return kind()


def class_loss(class_logits: Any, classes: Any) -> Any:
    """Returns -L_C of P1's eq. 4 for one side: the mean cross-entropy, scalar float32, in nats.

    Args:
        class_logits: `(batch, n_classes)`, any float dtype.
        classes: The right class as probabilities, `(batch, n_classes)`: one-hot, or a mix.
    """
    return -ops.mean(ops.sum(classes * ops.log_softmax(_float(class_logits), axis=-1), axis=-1))


def _float(logits: Any) -> Any:
    return ops.cast(logits, "float32")


def _cross_entropy(logits: Any, target: float) -> Any:
    logits = _float(logits)
    # -log sigmoid(x) is softplus(-x), which neither overflows nor cancels at large logits.
    return ops.mean(target * ops.softplus(-logits) + (1.0 - target) * ops.softplus(logits))


def _half_square(logits: Any, target: float) -> Any:
    return 0.5 * ops.mean(ops.square(_float(logits) - target))
