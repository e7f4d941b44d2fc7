"""What the subcommands share on the screen: tables and progress bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Returns rows under a header as aligned text, numbers to the right."""
    from tabulate import tabulate

    return tabulate(list(rows), headers=list(header), tablefmt="simple", intfmt=",")


def bar(what: str, unit: str) -> Callable[[Iterable[Any]], Iterable[Any]]:
    """Returns a wrapper that draws a progress bar over an iterable, on terminals only."""

    def wrap(items: Iterable[Any]) -> Iterable[Any]:
        from tqdm import tqdm

        return tqdm(items, desc=what, unit=unit, disable=None)

    return wrap
