"""Saving that forgets nothing: both optimizers, and the state of every seed generator."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

SEED_STATE = "seed_generator_state"


class SavedWhole(keras.Model):
    """Mixin of a model with networks among its constructor's arguments.

    Its subclass has `get_config` and `get_compile_config`; Keras asks for the rest.
    """

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
