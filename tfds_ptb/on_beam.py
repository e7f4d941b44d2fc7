"""Generating examples through Apache Beam: on this machine's processes, or on a cluster."""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ecg_synth.errors import InputError
from ecg_synth.sources.examples import Report

REMEDY = "Install it with: pip install 'ecg_synth[beam]'."


def beam_options(text: str) -> Any:
    """Reads pipeline options as `tfds build --beam_pipeline_options` takes them.

    Args:
        text: `name=value` or `name`, separated by commas; the runner is Beam's own default unless it is named.

    Returns:
        Beam's `PipelineOptions`.

    Raises:
        InputError: Beam is not installed, there is no such runner, or the options would lose examples.
    """
    if importlib.util.find_spec("apache_beam") is None:
        raise InputError(f"Apache Beam is not installed. Received: beam_pipeline_options={text!r}. {REMEDY}")
    from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
    from apache_beam.runners import create_runner

    options = PipelineOptions(flags=[f"--{option.strip()}" for option in text.split(",")])
    runner = options.view_as(StandardOptions).runner
    try:
        create_runner(runner or "DirectRunner")
    except (ValueError, ImportError) as error:
        raise InputError(f"Beam cannot use the runner. Received: runner={runner!r}: {error}") from None
    check_beam(options)
    return options


def check_beam(options: Any) -> None:
    """Refuses what was seen to lose examples without a word.

    Raises:
        InputError: The direct runner would work in its mode multi_threading.
    """
    from apache_beam.options.pipeline_options import DirectOptions

    if options is not None and options.view_as(DirectOptions).direct_running_mode == "multi_threading":
        raise InputError(
            "Beam's direct runner loses examples in its mode multi_threading. Received: "
            "direct_running_mode='multi_threading'. Take in_memory or multi_processing."
        )


def generate(
    entries: Sequence[Any], examples_of: Callable[[Any, Report], Iterable[tuple[str, Any]]], report_path: Any
) -> Any:
    """Returns the transform that makes the examples of one split.

    Args:
        entries: Records.
        examples_of: (record, report) -> its keys and examples; it counts them in the report.
        report_path: Where the counts of the whole split are written, as JSON; every worker must reach it.
    """
    import apache_beam as beam

    @beam.ptransform_fn
    def transform(pipeline: Any) -> Any:
        parts = (
            pipeline
            | "Records" >> beam.Create(entries)
            # Else Beam would leave all records to the worker that listed them.
            | "Spread" >> beam.Reshuffle()
            | "Encode" >> beam.FlatMap(functools.partial(_encode, examples_of)).with_outputs("report", main="examples")
        )
        _ = (
            parts.report
            | "AddReports" >> beam.CombineGlobally(_added)
            | "WriteReport" >> beam.Map(functools.partial(_write, report_path))
        )
        return parts.examples

    return transform()


def read_report(report_path: Any) -> Report:
    """Reads the counts that the pipeline wrote, and removes their file."""
    report = Report.from_dict(json.loads(report_path.read_text()))
    report_path.unlink()
    return report


def _encode(examples_of: Callable[[Any, Report], Iterable[tuple[str, Any]]], entry: Any) -> Iterator[Any]:
    from apache_beam.pvalue import TaggedOutput

    report = Report()
    yield from examples_of(entry, report)
    # Last: it has counted what was yielded. A worker that dies and starts anew yields neither twice.
    yield TaggedOutput("report", report)


def _added(reports: Iterable[Report]) -> Report:
    return sum(reports, Report())


def _write(report_path: Any, report: Report) -> None:
    report_path.write_text(json.dumps(report.to_dict()))
