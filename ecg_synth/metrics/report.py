"""A judgement as a folder: one HTML page that opens without a network, and the numbers as JSON."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecg_synth.files import new_folder
from ecg_synth.metrics.encoder import Encoder
from ecg_synth.metrics.judged import Extractor
from ecg_synth.metrics.section import Section
from ecg_synth.metrics.verdict import position, summary, verdict

PAGE = "report.html"
NUMBERS = "metrics.json"
ENCODER = "encoder.npz"
TEMPLATE = Path(__file__).with_name("report_template.html")
DPI = 90
# What a reader sees above each table of metrics.
ABOUT = {
    "fidelity": "Fidelity: does a synthetic slice look like a real one?",
    "variety": "Variety: is everything there that real slices are, and not one of them again and again?",
    "leads": "Leads: do they agree as those of one heart do?",
    "clinic": "Clinic: are the waves and intervals those of patients?",
    "table": "Table: are its columns, and what they have to do with each other, those of real rows?",
    "paired": "Nearest real slices: secondary, for a set of copies scores best here.",
}


@contextlib.contextmanager
def folder(out: str | os.PathLike[str] | None, overwrite: bool) -> Iterator[Path | None]:
    """Yields a new folder that is renamed to `out` in the end; None where nothing is to be written."""
    if out is None:
        yield None
        return
    with new_folder(out, overwrite) as made:
        yield made


def write(
    path: Path, found: Mapping[str, Any], sections: Mapping[str, Section], encoder: Extractor | None = None
) -> None:
    """Writes `report.html`, `metrics.json` and, where it was asked, the feature network into the folder `path`."""
    if isinstance(encoder, Encoder):
        encoder.save(path / ENCODER)
    (path / NUMBERS).write_text(json.dumps(plain(found), indent=2) + "\n", encoding="utf-8")
    (path / PAGE).write_text(page(found, sections), encoding="utf-8")


def page(found: Mapping[str, Any], sections: Mapping[str, Section]) -> str:
    """Returns the report as HTML with figures inside.

    Args:
        found: What `evaluate` returns.
        sections: The sections by name, with tables and figures.
    """
    import jinja2

    metrics = found["metrics"]
    rows = {
        kind: [entry | _drawn(entry) | {"name": name} for name, entry in metrics.items() if entry["kind"] == kind]
        for kind in ABOUT
    }
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["number"] = number
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        facts=found["facts"],
        rows={kind: listed for kind, listed in rows.items() if listed},
        about=ABOUT,
        summary=summary(metrics),
        sections=[(name, part, {c: png(f) for c, f in part.figures.items()}) for name, part in sections.items()],
        versions=", ".join(f"{name} {version}" for name, version in found["facts"]["versions"].items()),
        config=json.dumps(found["facts"]["config"]),
    )


def png(figure: Any) -> str:
    """Returns a Matplotlib figure as the text of a PNG in base64, the same for the same figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def number(value: Any) -> str:
    """Returns a cell as text: a float with three significant digits, a hyphen for what is not there."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    if math.isinf(value) or value == 0:
        return "0" if value == 0 else ("∞" if value > 0 else "-∞")
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def plain(value: Any) -> Any:
    """Returns what JSON can hold of numbers, arrays, dictionaries and lists; NaN and infinity become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _drawn(entry: Mapping[str, Any]) -> dict[str, Any]:
    place = position(entry)
    return {"verdict": verdict(entry), "position": None if math.isnan(place) else round(100 * place)}
