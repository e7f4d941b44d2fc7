"""A folder of records -> a folder of pictures with their truth; what is done is not done again."""

from __future__ import annotations

import contextlib
import dataclasses
import fnmatch
import json
import multiprocessing
import re
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2

from ecg_synth._version import __version__
from ecg_synth.config import PaperConfig
from ecg_synth.errors import InputError, check_choice
from ecg_synth.files import write_bytes
from ecg_synth.paper.page import make_page, strengths_of
from ecg_synth.paper.picture_files import SUFFIXES, picture_bytes
from ecg_synth.paper.truth import SCHEMA, json_bytes, npz_bytes, truth_of
from ecg_synth.signals.wfdb_folder import list_records
from ecg_synth.signals.wfdb_io import read_record

SETTINGS = "paper.json"


class Task(NamedTuple):
    """One picture to make.

    Attributes:
        records: Folder of the records.
        record_name: Of one of them.
        number: Of the picture.
        config: How.
        out: Folder of the pictures.
    """

    records: Path
    record_name: str
    number: int
    config: PaperConfig
    out: Path

    @property
    def stem(self) -> str:
        """Name of the files, without their endings."""
        return f"{self.number:06d}_{re.sub(r'[^A-Za-z0-9._-]+', '-', Path(self.record_name).name)}"

    @property
    def is_done(self) -> bool:
        """Whether all is written: the JSON comes last."""
        return (self.out / f"{self.stem}.json").is_file()


def write_pages(
    records: str | Path,
    out: str | Path,
    config: PaperConfig,
    count: int = 0,
    workers: int = 1,
    match: str = "*",
    progress: Callable[[Iterable[int], int], Iterable[int]] | None = None,
) -> int:
    """Draws the records of a folder.

    Picture k is of record k, counted round and round, and has the number k: neither the count nor the workers change
    it. Each is three files, `NAME.png` (or .jpg, .pdf), `NAME.npz` and `NAME.json`; a run that was interrupted goes on
    where it was.

    Args:
        records: Folder of WFDB records: PTB, PTB-XL, simulated, or of 'ecg-synth generate'.
        out: Folder for the pictures; it is made, or holds pictures of the same settings.
        config: How they are drawn and distorted.
        count: Pictures; 0 for one a record.
        workers: Processes.
        match: Which record names to take, as in a shell: `records500/*`.
        progress: Wraps the numbers of the pictures, given how many there are, as tqdm does.

    Returns:
        How many were made now.

    Raises:
        InputError: There is no record, the configuration is wrong, a record cannot be drawn so, or `out` holds pictures
            of other settings.
        StorageError: The disk is full or the folder not writable; what was finished stays.
    """
    records, out = Path(records), Path(out)
    if count < 0 or workers < 1:
        raise InputError(
            f"There must be no less than 0 pictures and 1 worker. Received: count={count}, workers={workers}."
        )
    if not records.is_dir():
        raise InputError(f"The records must be in a folder. Received: records={str(records)!r}.")
    strengths_of(config)
    check_choice("file_format", config.file_format, SUFFIXES)
    names = fnmatch.filter(list_records(records, "records"), match)
    if not names:
        raise InputError(f"No record's name is as asked for. Received: match={match!r}. Leave it out to take all.")
    _check_settings(out, config, names)
    tasks = [Task(records, names[k % len(names)], k, config, out) for k in range(count or len(names))]
    left = [task for task in tasks if not task.is_done]
    with contextlib.closing(_results(left, min(workers, len(left)))) as results:
        numbers = range(len(left))
        for _ in progress(numbers, len(left)) if progress else numbers:
            next(results)
    return len(left)


def write_page(task: Task) -> None:
    """Makes one picture and writes its three files, the JSON last.

    Raises:
        InputError: The record cannot be read, or not be drawn so; it is named.
    """
    path = task.records / task.record_name
    record = dataclasses.replace(read_record(path), record_name=task.record_name)
    try:
        page = make_page(record, task.config, task.number)
    except InputError as error:
        raise InputError(f"Record {path}: {error}") from error
    image_file = task.stem + SUFFIXES[task.config.file_format]
    described, arrays = truth_of(page, image_file)
    about = f"{record.origin} ECG, record {record.record_name}; drawn by ecg_synth {__version__}; not for clinical use"
    config = task.config
    write_bytes(task.out / image_file, picture_bytes(page.image, config.file_format, config.dpi, config.quality, about))
    write_bytes(task.out / f"{task.stem}.npz", npz_bytes(arrays))
    write_bytes(task.out / f"{task.stem}.json", json_bytes(described))


def _results(tasks: list[Task], workers: int) -> Generator[None, None, None]:
    if workers <= 1:
        yield from map(write_page, tasks)
        return
    # Not forked: a thread of the caller's could hold a lock that the child then waits for.
    # Each is a worker of its own, and OpenCV is not to start more in it.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        try:
            yield from pool.map(write_page, tasks, chunksize=4)
        finally:
            pool.shutdown(cancel_futures=True)


def _check_settings(out: Path, config: PaperConfig, names: list[str]) -> None:
    """Writes down what the pictures of a folder are, or refuses to mix them with others."""
    ours = {"schema": SCHEMA, "settings": dataclasses.asdict(config), "records": names}
    wanted = json.dumps(ours, indent=1) + "\n"
    file = out / SETTINGS
    others = out.is_dir() and any(path.name != SETTINGS for path in out.iterdir())
    if file.is_file() and others:
        if file.read_text(encoding="utf-8") != wanted:
            raise InputError(
                f"The folder holds pictures of other settings or records, and nothing in it was changed. "
                f"Received: {str(out)!r}. Choose another folder, or ask for what its {SETTINGS} says."
            )
        return
    if others:
        raise InputError(
            f"The output folder is not empty and has no {SETTINGS}; nothing in it was changed. "
            f"Received: {str(out)!r}. Choose another folder."
        )
    write_bytes(file, wanted.encode("utf-8"))
