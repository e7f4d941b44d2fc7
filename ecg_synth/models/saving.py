"""Saving that forgets nothing: both optimizers, and the state of every seed generator."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

SEED_STATE = "seed_generator_state"


class SavedWhole(keras.Model):
    """Mixin of `Gan`: its constructor's arguments, those of `compile`, and its weights, there and back."""

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            **self._networks_config(),
            "latent_dim": self.latent_dim,
            "n_classes": self.n_classes,
            "ema": self.ema,
            "seed": self.seed,
            "bits": self.bits,
            "null_pixels": self.null_pixels,
        }

    def _networks_config(self) -> dict[str, Any]:
        """Returns the networks serialized, where they are arguments."""
        serialize = keras.saving.serialize_keras_object
        return {"generator": serialize(self.generator), "discriminator": serialize(self.discriminator)}

    def get_compile_config(self) -> dict[str, Any]:
        """Returns `compile`'s arguments serialized; without it Keras reloads a GAN that cannot train on."""
        if not self.compiled:
            return {}
        serialize = keras.saving.serialize_keras_object
        return {
            "d_optimizer": serialize(self.d_optimizer),
            "g_optimizer": serialize(self.g_optimizer),
            "loss": serialize(self.gan_loss),
            "penalties": [serialize(penalty) for penalty in self.penalties],
            "d_steps": self.d_steps,
            "augment": serialize(self.augment),
            "accumulate": self.accumulate,
            **self._gan_compile_kwargs,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Returns the model that `get_config` described, with fresh weights."""
        config = dict(config)
        for key in ("generator", "discriminator"):
            if isinstance(config.get(key), dict):
                config[key] = keras.saving.deserialize_keras_object(config[key], custom_objects)
        return cls(**config)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles with what `get_compile_config` returned."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def save_own_variables(self, store: Any) -> None:
        """Stores the model's own weights and the state of every seed generator below it.

        Keras leaves the latter out of weights files: a resumed model with Dropout would draw other masks.
        """
        super().save_own_variables(store)
        for index, state in enumerate(self._seed_states()):
            store[f"{SEED_STATE}_{index}"] = ops.convert_to_numpy(state)

    def load_own_variables(self, store: Any) -> None:
        """Restores what `save_own_variables` stored."""
        # Keras's store has keys() and is not iterable.
        names = list(store.keys())
        super().load_own_variables({name: store[name] for name in names if not name.startswith(SEED_STATE)})
        for index, state in enumerate(self._seed_states()):
            state.assign(store[f"{SEED_STATE}_{index}"])

    def _seed_states(self) -> list[Any]:
        return [variable for variable in self.variables if variable.path.endswith(SEED_STATE)]
