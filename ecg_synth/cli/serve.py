"""`ecg-synth serve`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ecg_synth.config import ServeConfig


@dataclass(frozen=True)
class Serve:
    """Serve a SavedModel over REST, in TensorFlow Serving's form: /v1/models/ecg_synth:predict.

    Needs the extra 'serve'. Ends on SIGTERM or Ctrl-C, after the requests in flight. See docs/serve.md.

    Attributes:
        model: SavedModel of 'ecg-synth export', or a folder of them whose names are version numbers: the highest is
            served, and a new one takes its place without a failed request.
        serve: Where to listen, and what a request may ask for.
        token: Token that requests must bear. Every user of the machine can read a command line: the environment's
            ECG_SYNTH_TOKEN, or --token-file, is the better place.
        token_file: File that holds the token.
    """

    model: str
    serve: ServeConfig = field(default_factory=ServeConfig)
    token: str | None = None
    token_file: str | None = None

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Serves."""
        from ecg_synth.serving.rest.run import read_token, serve

        serve(self.model, self.serve, read_token(self.token, self.token_file))
