"""GANs as Keras models.

`Gan` is the base: two networks, two optimizers, one `train_step`. A model is a subclass in a file of its own that
registers itself in `MODELS` and is imported in build.py; a loss is a `GanLoss`, a bound on the discriminator's slope a
`Penalty`, and any model is compiled with any of them; `PRESETS` are training configs by name, and need no Keras.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "acgan": ["Acgan"],
        "augment": ["AUGMENTS", "Augmentation"],
        "build": ["MODELS", "build_gan"],
        "built": ["BuiltGan", "ConvolutionalGan"],
        "dcgan": ["Dcgan"],
        "fcn": ["Fcn", "FcnClasses"],
        "flow": ["Flow"],
        "flow_classes": ["FlowClasses"],
        "flow_conditions": ["FlowConditions"],
        "flow_gan": ["FlowGan"],
        "shortcut": ["Shortcut"],
        "flow_sampler": ["SCHEDULES", "SOLVERS"],
        "gan": ["Gan"],
        "judgement": ["Judgement"],
        "losses": [
            "LOSSES",
            "GanLoss",
            "HingeLoss",
            "LeastSquaresLoss",
            "MinimaxLoss",
            "NonSaturatingLoss",
            "RelativisticLoss",
            "WassersteinLoss",
        ],
        "penalties": ["R1", "R2", "GradientPenalty", "Penalty"],
        "presets": ["PRESETS", "Preset", "get_preset"],
        "resnet": ["Resnet", "ResnetClasses"],
        "wgan": ["AcWgan", "Wgan"],
    },
)
