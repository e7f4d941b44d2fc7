"""A name -> class table that answers an unknown name with the valid ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from ecg_synth.errors import unknown_name

T = TypeVar("T")
D = TypeVar("D")


class Registry(Mapping[str, T]):
    """The members of one family (arrangements, standardizations, models), by name.

    A new member is one file with one `@REGISTRY.register("name")` line.

    Args:
        kind: What a member is, as an argument is called: `"arrangement"`. It appears in errors.
    """

    def __init__(self, kind: str):
        self.kind = kind
        self._members: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Returns a decorator that adds its object under `name`.

        Raises:
            ValueError: `name` is taken.
        """

        def add(member: T) -> T:
            if name in self._members:
                raise ValueError(f"The {self.kind} {name!r} is registered twice.")
            self._members[name] = member
            return member

        return add

    def __getitem__(self, name: str) -> T:
        """Returns the member called `name`; raises `InputError` that lists the valid names."""
        try:
            return self._members[name]
        except KeyError:
            raise unknown_name(self.kind, name, self._members) from None

    def get(self, name: str, default: D | None = None) -> T | D | None:  # type: ignore[override]
        """Returns the member called `name`, or `default`: Mapping's own `get` expects a KeyError."""
        return self._members.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)
