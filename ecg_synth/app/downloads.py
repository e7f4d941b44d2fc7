"""What a model makes, in every format of `ecg-synth generate`, as one zip file."""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from pathlib import Path

from ecg_synth.app.models import HeartRate, Model, rate_words
from ecg_synth.errors import InputError
from ecg_synth.files import storage_errors
from ecg_synth.sampling.checks import check_count
from ecg_synth.serving.synthetic import begun_with, synthetic_facts
from ecg_synth.serving.write import WRITERS, form_of, write_synthetic

FORMATS = {name: form.words for name, form in WRITERS["slice"].items()}
# The earliest that a zip file can state: the same ECGs are the same bytes.
_WHEN = (1980, 1, 1, 0, 0, 0)


def file_name(model: str, seed: int, count: int, file_format: str, class_name: str | None = None) -> str:
    """Returns the name of a download, which says that it is synthetic."""
    parts = ["synthetic", model, *([class_name] if class_name else []), f"seed{seed}", str(count), file_format]
    return "_".join(re.sub(r"[^A-Za-z0-9.-]+", "-", part).strip("-.") for part in parts) + ".zip"


def make_zip(
    model: Model,
    folder: str | Path,
    count: int,
    seed: int,
    file_format: str,
    class_name: str | None = None,
    truncation: float = 1.0,
    most: int = 1000,
    heart_rate: HeartRate | None = None,
) -> Path:
    """Writes synthetic ECGs and packs them; the same arguments give the same bytes.

    Args:
        model: Makes them.
        folder: An existing folder for the zip file.
        count: How many.
        seed: Of the latents.
        file_format: A name in `FORMATS`.
        class_name: Class, of a model with classes.
        truncation: See `Sampler.iter_blocks`.
        most: How many there may be.
        heart_rate: Per minute, of a model that is told it; a tuple draws from a range.

    Raises:
        InputError: An argument is out of range, or the format is unknown or needs a package that is missing.
        StorageError: The disk is full.
    """
    form_of("slice", file_format)
    if check_count(count) > most:
        raise InputError(
            f"A download holds at most {most} ECGs. Received: {count=}. "
            f"'ecg-synth generate' writes as many as you like."
        )
    kind = [class_name, None if heart_rate is None else rate_words(heart_rate)]
    path = Path(folder) / file_name(model.name, seed, count, file_format, " ".join(filter(None, kind)))
    with tempfile.TemporaryDirectory(dir=folder) as beside, storage_errors(path):
        filled = Path(beside) / path.stem
        asked = model.asked(class_name, heart_rate)
        write_synthetic(
            model.sampler, model.facts, count, seed, filled, file_format=file_format, truncation=truncation, **asked
        )
        packed = Path(beside) / path.name
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            _add(archive, f"{path.stem}/SYNTHETIC.txt", notice(model, seed, truncation).encode())
            for file in sorted(filled.rglob("*")):
                if file.is_file():
                    _add(archive, f"{path.stem}/{file.relative_to(filled).as_posix()}", file.read_bytes())
        os.replace(packed, path)
    return path


def notice(model: Model, seed: int, truncation: float = 1.0) -> str:
    """Returns what lies beside every download: that it is synthetic, what made it, and what nobody has checked."""
    facts = synthetic_facts(model.facts, seed, truncation)
    if "started_from" in facts:
        facts["started_from"] = begun_with(facts["started_from"])
    lines = [f"{name}: {value}" for name, value in facts.items() if name != "notice"]
    return "\n".join([f"These ECGs are synthetic. {facts['notice']}", *lines, ""])


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, _WHEN)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)
