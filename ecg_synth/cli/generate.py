"""`ecg-synth generate`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import tyro

from ecg_synth.cli.show import bar
from ecg_synth.errors import InputError


@dataclass(frozen=True)
class Generate:
    """Generate with a trained run, and write what it was trained on: ECGs, rows as CSV, or pictures as PNG.

    All of it is marked synthetic. A model with classes generates them in turn, unless one or a mix is asked for. One
    with conditions is told those that are asked for, and nothing of the others.

    Attributes:
        run_dir: Run folder of 'ecg-synth train'.
        out: Folder to make.
        count: Number of records, rows or pictures; 10 where nothing is said, and one a row of --cohort.
        seed: Seed of the latents; the same seed gives the same bytes.
        class_: Class to generate, for example "healthy control"; of a model with conditions one of them.
        format: Of ECGs: wfdb, edf (EDF+), dicom (waveforms), csv, numpy (.npz) or parquet; by default wfdb.
        truncation: What latents are multiplied by, 0 to 2: below 1 cleaner and less varied.
        best: Take the weights that were best by --evaluate-every, and not the newest.
        seconds: Of a flow: draw strips of this length, up to 60 s, in place of slices.
        mix: Shares of classes to draw from, for example "NORM=0.5,MI=0.5".
        heart_rate: Of a model with conditions: beats per minute, 60, or 50..90 to draw from a range.
        age: Of a model with conditions: years, or a range.
        sex: Of a model with conditions: male or female.
        cohort: Of a model with conditions: a CSV file with a row for each record to make, and columns heart_rate, age,
            sex, class, or some of them; an empty cell is not told, other columns are left out.
        data_dir: For a table: where the dataset stands that the run was trained on; its rows are drawn beside the
            generated ones in report.png.
        split: For a table: which of its rows are drawn.
        overwrite: Replace a folder that stands there.
    """

    run_dir: str
    out: str
    count: int | None = None
    seed: int = 0
    class_: Annotated[str | None, tyro.conf.arg(name="class")] = None
    format: str | None = None
    truncation: float = 1.0
    best: bool = False
    seconds: float | None = None
    mix: str | None = None
    heart_rate: str | None = None
    age: str | None = None
    sex: str | None = None
    cohort: str | None = None
    data_dir: str | None = None
    split: str = "test"
    overwrite: bool = False

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Writes the files and says where."""
        from ecg_synth.data.conditions import CONDITIONS
        from ecg_synth.sampling.classes import parse_mix
        from ecg_synth.sampling.conditions import parse_condition
        from ecg_synth.sampling.load import load_sampler
        from ecg_synth.serving.write import form_of, write_synthetic

        if self.class_ is not None and self.mix is not None:
            raise InputError(
                f"Either one class is generated or a mix of several. Received: class={self.class_!r}, mix={self.mix!r}."
            )
        classes = parse_mix(self.mix) if self.mix is not None else self.class_
        asked = {name: text for name in CONDITIONS if (text := getattr(self, name, None)) is not None}
        conditions = {name: parse_condition(name, text) for name, text in asked.items()}
        sampler, facts = load_sampler(self.run_dir, self.best)
        if "class_name" in sampler.scales and self.class_ is not None:
            conditions, classes = {**conditions, "class_name": self.class_}, None
        count = 10 if self.count is None else self.count
        if self.cohort is not None:
            conditions, count = self._with_cohort(conditions, sampler.scales)
        noun = sampler.family.noun
        form = form_of(noun, self.format)
        if self.data_dir is not None and noun != "row":
            raise InputError(
                f"Only a table's rows are drawn beside generated ones. Received: data_dir={self.data_dir!r}, and the "
                f"run was trained on {facts['trained_on']}. Leave it out."
            )
        measured = self._measured(facts) if self.data_dir is not None else None
        write_synthetic(
            sampler,
            facts,
            count,
            self.seed,
            self.out,
            classes,
            self.overwrite,
            bar("Generating", noun),
            self.format,
            self.truncation,
            conditions,
            self.seconds,
        )
        print(f"{count} synthetic {form.words}: {self.out}")
        if noun == "row":
            self._report(sampler, facts, count, classes, measured)
        print("They are marked synthetic. Their privacy has not been audited, and they are not for clinical use.")

    def _measured(self, facts: dict[str, Any]) -> Any:
        from ecg_synth.data.prepared import open_prepared

        prepared = open_prepared(str(self.data_dir), facts["trained_on"])
        return prepared.codec.decode(prepared.load(self.split).images)

    def _with_cohort(self, conditions: dict[str, Any], scales: Any) -> tuple[dict[str, Any], int]:
        """What was asked for beside what the cohort asks for, and how many it has."""
        from ecg_synth.sampling.cohort import read_cohort

        cohort: dict[str, Any] = read_cohort(str(self.cohort), scales)
        twice = sorted(set(cohort) & set(conditions))
        if twice or self.count is not None:
            given = ", ".join([*twice, *([f"count={self.count}"] if self.count is not None else [])])
            raise InputError(
                f"A cohort has a row for each record, and says itself what its columns do. Received: "
                f"cohort={self.cohort!r}, and beside it {given}. Leave that out."
            )
        return {**conditions, **cohort}, len(next(iter(cohort.values())))

    def _report(self, sampler: Any, facts: dict[str, Any], count: int, classes: Any, measured: Any) -> None:
        from ecg_synth.plots_tables import compare_tables

        groups = {} if measured is None else {f"{facts['trained_on_origin']} ({self.split})": measured}
        groups["synthetic"] = sampler.sample(count, self.seed, classes, self.truncation).decoded
        title = f"synthetic rows of a model trained on {facts['trained_on']}, epoch {facts['epoch']}"
        picture = Path(self.out) / "report.png"
        names = [column.name for column in sampler.codec.columns]
        compare_tables(groups, names, sampler.codec.is_binary, picture, title)
        print(f"Columns drawn: {picture}")
        if measured is None:
            print("With --data-dir, the measured rows are drawn beside them.")
