"""From the config of a codec's part, as its `get_config` wrote it, to the part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ecg_synth.errors import InputError
from ecg_synth.registry import Registry

T = TypeVar("T")


def from_config(registry: Registry[type[T]], config: Any) -> T:
    """Rebuilds what `get_config` described.

    Args:
        registry: Where the part's class is registered.
        config: Its `name` and its constructor's arguments.

    Raises:
        InputError: It is no mapping, the name is unknown, or an argument is not the class's.
    """
    if not isinstance(config, Mapping):
        raise InputError(
            f"The config of a codec's {registry.kind} must be a table with its name and arguments. "
            f"Received: {registry.kind}={config!r}. Give what get_config wrote."
        )
    arguments = dict(config)
    name = arguments.pop("name", "")
    try:
        return registry[name](**arguments)
    except TypeError as error:
        raise InputError(f"The {registry.kind} {name!r} cannot be built: {error}. Received: {config}.") from None
