"""The part of `ecg-synth prepare` that is not about ECGs: the Thyroid table and folders of pictures."""

from __future__ import annotations

from ecg_synth.cli.show import table
from ecg_synth.config import PictureConfig, SplitConfig, TableImageConfig, WriteConfig
from ecg_synth.data.quiet import quiet_tfds
from ecg_synth.errors import InputError

IMAGE_SOURCES = ("thyroid", "images")


def prepare_images(
    source: str,
    source_dir: str | None,
    data_dir: str,
    image: TableImageConfig,
    picture: PictureConfig,
    split: SplitConfig,
    overwrite: bool,
    write: WriteConfig,
) -> None:
    """Prepares the dataset of one of `IMAGE_SOURCES` and prints what is in it.

    Raises:
        InputError: `source_dir` is missing, or what it holds cannot be used.
    """
    from ecg_synth.data.prepare_images import prepare_pictures, prepare_thyroid

    if source_dir is None:
        raise InputError(f"Only PTB can be downloaded. Received: source={source!r}. Give its source_dir.")
    quiet_tfds()
    if source == "thyroid":
        prepared = prepare_thyroid(source_dir, data_dir, image, split, overwrite, write)
    else:
        prepared = prepare_pictures(source_dir, data_dir, picture, split, overwrite, write)
    report = prepared.metadata["report"]
    classes = sorted({name for counts in report.values() for name in counts["slices"]})
    rows = [(name, *(counts["slices"].get(name, 0) for counts in report.values())) for name in classes]
    rows.append(("total", *(counts["total"] for counts in report.values())))
    rows.append(("beyond the range of train", *(counts["saturated"] for counts in report.values())))
    print(table(("class", *report), rows))
    if prepared.metadata.get("skipped"):
        print(f"Left out, not pictures: {', '.join(prepared.metadata['skipped'])}")
    print(f"Dataset {prepared.name} ({prepared.origin}): {prepared.path}")
    if min(prepared.codec.image_shape) < 8:
        print(
            "A DCGAN needs sides of at least 8 pixels: prepare with --side 8 (thyroid), --height and --width (images)."
        )
    print(f"Next: ecg-synth train --data-dir {data_dir} --dataset {prepared.name} --run-dir runs/first")
