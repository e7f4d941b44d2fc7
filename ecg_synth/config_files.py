"""Config dataclasses to and from what TOML and JSON hold, with errors that name file, field and value."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from ecg_synth.config import MODEL_CONFIGS, ModelConfig
from ecg_synth.errors import InputError, unknown_name

C = TypeVar("C")


def to_dict(config: Any) -> dict[str, Any]:
    """Returns a config dataclass as nested dicts that JSON can write."""
    return dataclasses.asdict(config)


def paired_fields(prefix: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yields the name and both values of every field of two nested dicts; None where one of them lacks it."""
    for name in {**old, **new}:
        left, right = old.get(name), new.get(name)
        if isinstance(left, dict) and isinstance(right, dict):
            yield from paired_fields(f"{prefix}.{name}", left, right)
        else:
            yield f"{prefix}.{name}", left, right


def from_dict(default: C, values: dict[str, Any], where: str) -> C:
    """Returns `default` with the fields in `values` replaced, nested dataclasses by nested dicts.

    Args:
        default: A frozen config dataclass; it gives the type and every value that `values` leaves out.
        values: Field names and values, as TOML or JSON gives them (lists stand for tuples).
        where: The file that `values` came from, named in errors.

    Raises:
        InputError: A field does not exist, or its value has another type; the message names file, field and value.
    """
    known = {item.name: getattr(default, item.name) for item in dataclasses.fields(default)}  # type: ignore[arg-type]
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise unknown_name("field", name, known, where=f"{where} ({type(default).__name__})")
        changes[name] = _convert(known[name], value, name, where)
    return dataclasses.replace(default, **changes)  # type: ignore[type-var]


def _convert(old: Any, value: Any, name: str, where: str) -> Any:
    if isinstance(old, ModelConfig) and isinstance(value, dict):
        return _model(old, value, where)
    if dataclasses.is_dataclass(old) and isinstance(value, dict):
        return from_dict(old, value, where)
    if isinstance(old, tuple) and isinstance(value, list):
        return tuple(_convert(old[0], item, name, where) if old else item for item in value)
    if isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is type(old):
        return value
    # The only fields that may be empty are numbers.
    if old is None and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise InputError(f"The field {name!r} of {where} must be of type {type(old).__name__}. Received: {name}={value!r}.")


def _model(old: ModelConfig, values: dict[str, Any], where: str) -> ModelConfig:
    """A model of another family than `old` starts from its own defaults."""
    name = values.get("name", old.name)
    if name not in MODEL_CONFIGS:
        raise unknown_name("model", str(name), MODEL_CONFIGS, where=where)
    family = MODEL_CONFIGS[name]
    start = old if type(old) is family else family()
    return from_dict(start, {key: value for key, value in values.items() if key != "name"}, where)


def from_toml(default: C, path: str | Path) -> C:
    """`from_dict` on a TOML file.

    Raises:
        InputError: The file is missing, is not TOML, or has an unknown field or a value of another type.
    """
    try:
        with open(path, "rb") as stream:
            values = tomllib.load(stream)
    except FileNotFoundError:
        raise InputError(f"There is no configuration file. Received: {str(path)!r}.") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not a TOML file: {error}.") from None
    return from_dict(default, values, str(path))
