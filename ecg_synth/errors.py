"""Errors that teach: the rule, what was received, and the remedy."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Iterable


class EcgSynthError(Exception):
    """Base of every error that a user can cause and mend; the command line prints it without a traceback."""


class InputError(EcgSynthError, ValueError):
    """A file, a field or an argument is not what the rule asks for."""


class StorageError(EcgSynthError, OSError):
    """A result could not be written; what stood there before is unchanged."""


def unknown_name(kind: str, received: object, valid: Iterable[str], where: str = "") -> InputError:
    """Builds the error for a name that is not in a closed list.

    Args:
        kind: What the name names, in the singular, as an argument is called: `"arrangement"`.
        received: The value that the user gave.
        valid: Every name that would have been accepted.
        where: The record, file or object that the name was looked up in, when there is one.

    Returns:
        An `InputError` that repeats the value, lists the valid names and, where one is near, asks 'Did you mean'.
    """
    names = sorted(valid)
    by_lower = {name.lower(): name for name in names}
    near = difflib.get_close_matches(str(received).lower(), by_lower, n=1)
    hint = f" Did you mean {by_lower[near[0]]!r}?" if near else ""
    listing = ", ".join(repr(name) for name in names) or "none"
    place = f" in {where}" if where else ""
    return InputError(f"Unknown {kind}{place}. Received: {kind}={received!r}.{hint} Valid: {listing}.")


def check_choice(kind: str, value: str, valid: Iterable[str]) -> str:
    """Returns `value` when it is one of `valid`; raises `unknown_name` otherwise."""
    names = list(valid)
    if value not in names:
        raise unknown_name(kind, value, names)
    return value


def check_seed(seed: int) -> int:
    """Returns `seed` when it fits an unsigned 32-bit integer, the range that NumPy, Keras and TensorFlow share.

    Raises:
        InputError: `seed` is not an integer within [0, 2**32 - 1].
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise InputError(f"A seed must be an integer from 0 to 4294967295 (2**32 - 1). Received: seed={seed!r}.")
    return seed


def check_packages(what: str, modules: Iterable[str], extra: str) -> None:
    """Raises `InputError` where a module that an extra of the package brings is not installed.

    Args:
        what: What needs them, to begin the message with.
        modules: Their names, as they are imported.
        extra: The extra of setup.cfg.
    """
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"{what} needs packages that are not installed. Received: missing={', '.join(missing)}. "
            f"Install them: pip install 'ecg_synth[{extra}]'."
        )


def check_port(port: int) -> None:
    """Raises `InputError` unless `port` is one that can be listened at; 0 takes any that is free."""
    if not 0 <= port < 65536:
        raise InputError(f"A port must be from 0 to 65535. Received: port={port!r}.")
