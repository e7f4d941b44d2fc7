"""Adversarial losses on logits: what each network wants of the discriminator's answers.

A loss is a small immutable object with two methods, so that a GAN is compiled with it as it is with an optimizer.
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from ecg_synth.errors import InputError


class GanLoss:
    """Interface of an adversarial loss; a sibling overrides both methods and registers itself with Keras.

    Attributes:
        threshold: A logit above this counts as 'judged real' in the metrics `d_real` and `d_fake`.
    """

    threshold: ClassVar[float] = 0.0

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """Returns the scalar float32 loss that the discriminator lowers.

        Args:
            real_logits: Answers on real images, `(batch, 1)`, any float dtype.
            fake_logits: Answers on generated images, `(batch, 1)`, any float dtype.
        """
        raise NotImplementedError

    def generator_loss(self, fake_logits: Any) -> Any:
        """Returns the scalar float32 loss that the generator lowers.

        Args:
            fake_logits: Answers on generated images, `(batch, 1)`, any float dtype.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> GanLoss:
        """Returns the loss that `get_config` described."""
        return cls(**config)


@keras.saving.register_keras_serializable("ecg_synth")
class NonSaturatingLoss(GanLoss):
    """Cross-entropy on both sides; the generator raises log D(G(z)) (Goodfellow et al. 2014, section 3).

    The discriminator lowers `BCE(real, 1 - label_smoothing) + BCE(fake, 0)`; the generator lowers `BCE(fake, 1)`.
    Smoothing is one-sided (P1, 4.5; Salimans et al. 2016, 3.4): a smoothed fake target would reward the
    discriminator for keeping the generator where it already is.

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

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """See `GanLoss.discriminator_loss`."""
        real = _cross_entropy(real_logits, 1.0 - self.label_smoothing)
        return real + _cross_entropy(fake_logits, 0.0)

    def generator_loss(self, fake_logits: Any) -> Any:
        """See `GanLoss.generator_loss`."""
        return _cross_entropy(fake_logits, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"label_smoothing": self.label_smoothing}


def _cross_entropy(logits: Any, target: float) -> Any:
    logits = ops.cast(logits, "float32")
    # -log sigmoid(x) is softplus(-x), which neither overflows nor cancels at large logits.
    return ops.mean(target * ops.softplus(-logits) + (1.0 - target) * ops.softplus(logits))
