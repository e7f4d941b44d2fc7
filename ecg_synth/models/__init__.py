"""GANs as Keras models.

`Gan` is the base: two networks, two optimizers, one `train_step`. A model is a subclass in a file of its own that
registers itself in `MODELS` and is imported in build.py; a loss is a `GanLoss`; `PRESETS` are training configs by
name, and need no Keras.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "build": ["MODELS", "build_gan"],
        "dcgan": ["Dcgan"],
        "gan": ["Gan"],
        "losses": ["GanLoss", "NonSaturatingLoss"],
        "presets": ["PRESETS", "get_preset"],
    },
)
