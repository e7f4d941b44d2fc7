"""How near a synthetic table comes to a real one, column by column and between columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ecg_synth.errors import InputError, check_choice

ORIGINS = ("measured", "simulated", "synthetic")
REPLICATES = 50
Distance = Callable[[np.ndarray, np.ndarray, np.ndarray], float]


@dataclass(frozen=True, eq=False)
class TableSet:
    """Rows of a table with what is known of each; a row is a patient of its own.

    Attributes:
        rows: float64 `(n, columns)`; binary columns hold 0 and 1.
        columns: Names of the columns.
        is_binary: bool `(columns,)`.
        labels: int64 `(n,)`: index into `class_names`; -1 means unknown.
        class_names: Names of the classes; none where rows have none.
        origin: `"measured"`, `"simulated"` or `"synthetic"`.
        name: What to call the table in a report.

    Raises:
        InputError: A shape, a value or the origin is not as above, or there are fewer than 2 rows.
    """

    rows: np.ndarray
    columns: tuple[str, ...]
    is_binary: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    origin: str
    name: str

    def __post_init__(self) -> None:
        shape = self.rows.shape
        if len(shape) != 2 or shape[0] < 2 or shape[1] != len(self.columns) or self.labels.shape != shape[:1]:
            raise InputError(
                f"A table to judge has (n, {len(self.columns)}) numbers, at least 2 rows, and a label a row. Received: "
                f"rows.shape={shape}, labels.shape={self.labels.shape} in {self.name!r}."
            )
        if not np.isfinite(self.rows).all():
            row, column = np.argwhere(~np.isfinite(self.rows))[0]
            raise InputError(
                f"Every value must be a finite number. Received: {self.columns[column]}={self.rows[row, column]} in "
                f"row {row} of {self.name!r}. Leave the row out, or fill the value in."
            )
        check_choice("origin", self.origin, ORIGINS)

    def __len__(self) -> int:
        return len(self.rows)

    def draw(self, count: int, seed: int) -> TableSet:
        """Returns `count` rows drawn without replacement, in their own order; all of them where there are no more."""
        if count >= len(self):
            return self
        index = np.sort(np.random.default_rng(seed).permutation(len(self))[:count])
        return TableSet(
            self.rows[index],
            self.columns,
            self.is_binary,
            self.labels[index],
            self.class_names,
            self.origin,
            self.name,
        )


def check_same_columns(*tables: TableSet) -> None:
    """Raises `InputError` when tables differ in their columns."""
    first = tables[0]
    for other in tables[1:]:
        if first.columns != other.columns or not np.array_equal(first.is_binary, other.is_binary):
            apart = sorted(set(first.columns) ^ set(other.columns)) or ["their order or kind"]
            raise InputError(
                f"Tables are compared column by column: the same names, kinds and order. Received: {first.name!r} and "
                f"{other.name!r}, which differ in {', '.join(apart)}."
            )


def wasserstein_by_column(rows: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Returns each column's Wasserstein distance, the area between both distribution functions, by SciPy.

    As a share of the column's range in the reference: from 0, lower is nearer. Columns without a range are not
    divided.

    Args:
        rows: float `(n, columns)`.
        reference: float `(m, columns)`.
    """
    from scipy.stats import wasserstein_distance

    span = np.ptp(reference, axis=0)
    found = [wasserstein_distance(rows[:, k], reference[:, k]) for k in range(rows.shape[1])]
    return np.array(found) / np.where(span > 0, span, 1.0)


def kolmogorov_smirnov_by_column(rows: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Returns each column's largest difference of both distribution functions, from 0 to 1, lower is nearer.

    Args:
        rows: float `(n, columns)`.
        reference: float `(m, columns)`.
    """
    from scipy.stats import ks_2samp

    return np.array([ks_2samp(rows[:, k], reference[:, k]).statistic for k in range(rows.shape[1])])


def share_difference_by_column(rows: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Returns each binary column's absolute difference of the shares of ones, from 0 to 1, lower is nearer.

    Args:
        rows: `(n, columns)` of 0 and 1.
        reference: `(m, columns)` of 0 and 1.
    """
    return np.abs(rows.mean(axis=0) - reference.mean(axis=0))


def correlation_difference(rows: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Returns the difference of both matrices of Pearson correlations, `(kept, kept)`.

    Columns that do not vary in the reference are left out. One that varies there alone has correlations of 0 in
    `rows`: losing a column costs.

    Args:
        rows: float `(n, columns)`.
        reference: float `(m, columns)`.
    """
    kept = np.ptp(reference, axis=0) > 0
    return _correlations(rows[:, kept]) - _correlations(reference[:, kept])


def _correlations(rows: np.ndarray) -> np.ndarray:
    centered = rows - rows.mean(axis=0)
    length = np.sqrt((centered**2).sum(axis=0))
    unit = centered / np.where(length > 0, length, 1.0)
    found = unit.T @ unit
    np.fill_diagonal(found, 1.0)
    return found


# name -> title, bounds, source, and (rows, reference, is_binary) -> number; lower is better in all of them.
TABLE_METRICS: dict[str, tuple[str, tuple[float, float], str, Distance]] = {
    "table_wasserstein": (
        "Wasserstein distance of continuous columns, mean share of their range",
        (0.0, np.inf),
        "SciPy",
        lambda rows, reference, binary: _mean(wasserstein_by_column(rows[:, ~binary], reference[:, ~binary])),
    ),
    "table_ks": (
        "Kolmogorov-Smirnov distance of continuous columns, mean",
        (0.0, 1.0),
        "SciPy",
        lambda rows, reference, binary: _mean(kolmogorov_smirnov_by_column(rows[:, ~binary], reference[:, ~binary])),
    ),
    "table_ones": (
        "difference of the share of ones in binary columns, mean",
        (0.0, 1.0),
        "P1, 3.3.3",
        lambda rows, reference, binary: _mean(share_difference_by_column(rows[:, binary], reference[:, binary])),
    ),
    "table_correlation": (
        "difference of correlations, Frobenius norm",
        (0.0, np.inf),
        "Frobenius norm of the difference of Pearson's correlation matrices",
        lambda rows, reference, _: float(np.linalg.norm(correlation_difference(rows, reference))),
    ),
    "table_correlation_max": (
        "largest difference of a correlation",
        (0.0, 2.0),
        "largest entry of the difference of Pearson's correlation matrices",
        lambda rows, reference, _: float(np.abs(correlation_difference(rows, reference)).max(initial=0.0)),
    ),
}


def table_metrics(
    reference: TableSet, floor: TableSet, synthetic: TableSet, seed: int, replicates: int = REPLICATES
) -> dict[str, dict[str, Any]]:
    """Returns `TABLE_METRICS` of a synthetic table, as `ecg_synth.metrics.suite.judge` returns those of slices.

    Synthetic and floor are brought to one number of rows. The ceiling is a table drawn evenly within each column's
    range, and by a fair coin where it is binary.

    Args:
        reference: Real rows that both are compared with.
        floor: Other real rows.
        synthetic: The rows that are judged.
        seed: Seed of every draw.
        replicates: Half-samples of each interval, see `ecg_synth.metrics.interval`; 0 for none.

    Raises:
        InputError: The columns differ.
    """
    check_same_columns(reference, floor, synthetic)
    count = min(len(floor), len(synthetic))
    sets = {"": synthetic.draw(count, seed).rows, "floor_": floor.draw(count, seed).rows}
    noise = noise_like(reference, count, seed)
    found = {}
    for name, (title, bounds, source, distance) in TABLE_METRICS.items():
        entry: dict[str, Any] = {}
        for prefix, rows in sets.items():
            value = distance(rows, reference.rows, reference.is_binary)
            low, high = _interval(distance, rows, reference, value, bounds, replicates, seed)
            entry |= {prefix.rstrip("_") or "value": value, f"{prefix}low": low, f"{prefix}high": high}
        entry |= {"ceiling": distance(noise, reference.rows, reference.is_binary), "ceiling_is": "noise"}
        entry |= {"title": title, "kind": "table", "better": "lower", "bounds": bounds, "unit": "", "source": source}
        found[name] = entry
    return found


def noise_like(table: TableSet, count: int, seed: int) -> np.ndarray:
    """Returns float64 `(count, columns)` drawn evenly within each column's range, binary ones by a fair coin."""
    stream = np.random.default_rng(seed)
    even = stream.uniform(table.rows.min(axis=0), table.rows.max(axis=0), (count, len(table.columns)))
    return np.where(table.is_binary, stream.integers(0, 2, even.shape), even)


def _interval(
    distance: Distance,
    rows: np.ndarray,
    reference: TableSet,
    value: float,
    bounds: tuple[float, float],
    replicates: int,
    seed: int,
) -> tuple[float, float]:
    if not replicates or not np.isfinite(value):
        return float("nan"), float("nan")
    stream = np.random.default_rng(seed)

    def half(of: np.ndarray) -> np.ndarray:
        return of[stream.permutation(len(of))[: max(2, len(of) // 2)]]

    drawn = np.array([distance(half(rows), half(reference.rows), reference.is_binary) for _ in range(replicates)])
    low, high = np.clip(value + np.quantile(drawn - drawn.mean(), [0.025, 0.975]), *bounds)
    return float(low), float(high)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
