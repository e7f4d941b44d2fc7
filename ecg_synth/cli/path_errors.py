"""What the system says of a path that the user named, where no command has said it better."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ecg_synth.errors import StorageError


def blamed(error: OSError, arguments: Iterable[str]) -> StorageError | None:
    """Returns in our words an error of the system about a path that the user named; None where it is about another.

    Args:
        error: What a command did not catch.
        arguments: Of the command line; `--name=value` counts as its value.
    """
    if not isinstance(error.filename, str | os.PathLike):
        return None
    place = Path(os.path.abspath(error.filename))
    for argument in arguments:
        text = argument.partition("=")[2] if argument.startswith("-") else argument
        named = Path(os.path.abspath(text))
        if text and (place.is_relative_to(named) or named.is_relative_to(place)):
            return StorageError(
                f"{error.filename} cannot be used ({error.strerror}). Received: {text!r}. Choose another place, or "
                f"mend this one, and run the same command again."
            )
    return None
