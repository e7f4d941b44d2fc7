"""The command `ecg-synth`: subcommands from dataclasses, errors without tracebacks.

Nothing here, nor in a subcommand's module, imports TensorFlow before the subcommand runs: help answers at once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Union

import tyro

from ecg_synth._version import __version__
from ecg_synth.cli.app import App
from ecg_synth.cli.compare import Compare
from ecg_synth.cli.demo import Demo
from ecg_synth.cli.digitize import Digitize
from ecg_synth.cli.download import Download
from ecg_synth.cli.evaluate import Evaluate
from ecg_synth.cli.export import Export
from ecg_synth.cli.fit_digitizer import FitDigitizer
from ecg_synth.cli.fit_encoder import FitEncoder
from ecg_synth.cli.generate import Generate
from ecg_synth.cli.interpolate import Interpolate
from ecg_synth.cli.pack import Pack
from ecg_synth.cli.paper import Paper
from ecg_synth.cli.path_errors import blamed
from ecg_synth.cli.plot import Plot
from ecg_synth.cli.prepare import Prepare
from ecg_synth.cli.presets import Presets
from ecg_synth.cli.score_digitizer import ScoreDigitizer
from ecg_synth.cli.serve import Serve
from ecg_synth.cli.show_dataset import Show
from ecg_synth.cli.simulate import Simulate
from ecg_synth.cli.train import Train, train_default
from ecg_synth.data.quiet import import_tensorflow
from ecg_synth.errors import EcgSynthError

COMMANDS = (
    Demo,
    Simulate,
    Download,
    Prepare,
    Show,
    Presets,
    Train,
    Generate,
    Interpolate,
    Plot,
    Export,
    Pack,
    Serve,
    App,
    Evaluate,
    FitEncoder,
    Compare,
    Paper,
    Digitize,
    ScoreDigitizer,
    FitDigitizer,
)


def _commands(arguments: Sequence[str]) -> Any:
    """The union of all subcommands; `train` starts from the preset and the TOML file named in `arguments`."""
    defaults: dict[type, Any] = {Train: train_default(arguments)} if arguments[:1] == ["train"] else {}
    members = []
    for command in COMMANDS:
        # FitEncoder is 'fit-encoder'.
        name = re.sub(r"(?<!^)(?=[A-Z])", "-", command.__name__).lower()
        subcommand = (
            tyro.conf.subcommand(name, default=defaults[command]) if command in defaults else tyro.conf.subcommand(name)
        )
        members.append(Annotated[command, subcommand])
    return Union[tuple(members)]  # noqa: UP007 - the members are only known at run time


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one subcommand.

    Args:
        argv: Arguments after the program's name; default `sys.argv`.

    Returns:
        0 when all went well, 1 when the user can mend what went wrong, 130 when interrupted, 141 when the reader
        of the output has gone.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments in (["--version"], ["-V"]):
        print(f"ecg-synth {__version__}")
        return 0
    # TensorFlow's start-up notes bury our own lines; whoever wants them sets the variable.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    # Its retries are announced as warnings, one each; the error that ends them says it all.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    # So that a terminated command clears away what it had not finished, as an interrupted one does.
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        command = tyro.cli(
            _commands(arguments),
            prog="ecg-synth",
            description="Synthetic ECGs: simulate or fetch records, make images, train a GAN, generate, judge, export.",
            args=arguments,
            config=(tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff),
        )
        if getattr(command, "needs_tensorflow", False):
            import_tensorflow()
        command.run()
        sys.stdout.flush()
    except EcgSynthError as error:
        print(f"ecg-synth: error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Who read our output has gone ('| head'); what is still to be flushed at exit goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        told = blamed(error, arguments)
        if told is None:
            raise
        print(f"ecg-synth: error: {told}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ecg-synth: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
