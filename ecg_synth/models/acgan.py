"""The auxiliary classifier GAN: class and noise in, source and class out (P1, 4.6; Odena et al. 2017)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ecg_synth.errors import InputError
from ecg_synth.models.dcgan import Dcgan
from ecg_synth.models.gan import Gan
from ecg_synth.models.judgement import Judgement
from ecg_synth.models.losses import class_loss
from ecg_synth.models.registry import MODELS


class WithClassHead(Gan):
    """What a GAN does whose discriminator also tells the class.

    With L_S and L_C of P1's eq. 4 the discriminator raises L_S + L_C and the generator L_C - L_S: both want the class
    to be told rightly, of real and of generated images. `class_weight` is L_C's weight beside L_S.
    """

    conditional = True
    class_weight: float

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Those of every GAN, and the shares whose class is told rightly, of real and of generated images."""
        return (*super().metric_names, "c_real", "c_fake")

    def judge(self, images: Any, classes: Any = None, training: bool = False) -> Judgement:
        """Returns logits of the source and of the classes; what class an image is said to be does not count."""
        return Judgement(*self.discriminator(images, training=training))

    def discriminator_loss(self, real: Judgement, fake: Judgement, classes: Any) -> Any:
        """Returns -(L_S + class_weight * L_C), scalar float32."""
        told = class_loss(real.classes, classes) + class_loss(fake.classes, classes)
        return super().discriminator_loss(real, fake, classes) + self.class_weight * told

    def generator_loss(self, real: Judgement | None, fake: Judgement, classes: Any) -> Any:
        """Returns L_S - class_weight * L_C without the terms of real images, which no generator changes."""
        return super().generator_loss(real, fake, classes) + self.class_weight * class_loss(fake.classes, classes)

    def observe(self, real: Judgement, fake: Judgement, classes: Any) -> None:
        """Updates the metrics that come of the discriminator's answers."""
        super().observe(real, fake, classes)
        right = ops.argmax(classes, axis=-1)
        for name, judgement in (("c_real", real), ("c_fake", fake)):
            self._means[name].update_state(ops.cast(ops.argmax(judgement.classes, axis=-1) == right, "float32"))


@MODELS.register("acgan")
@keras.saving.register_keras_serializable("ecg_synth")
class Acgan(WithClassHead, Dcgan):
    """A DCGAN whose generator is told a class and whose discriminator tells it back.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        n_classes: Classes, at least 2.
        class_weight: Weight of the class loss beside the source loss.
        **kwargs: The other arguments of `Dcgan`.

    Raises:
        InputError: There are fewer than 2 classes, `class_weight` is not positive, or `Dcgan` refuses a value.
    """

    arguments = (*Dcgan.arguments, "class_weight")

    def __init__(self, image_shape: tuple[int, int, int], n_classes: int = 0, class_weight: float = 1.0, **kwargs: Any):
        if not class_weight > 0:
            raise InputError(f"The class loss must count. Received: class_weight={class_weight!r}. Give it above 0.")
        super().__init__(image_shape, n_classes=n_classes, **kwargs)
        self.class_weight = class_weight
