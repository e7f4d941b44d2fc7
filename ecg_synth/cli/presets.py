"""`ecg-synth presets`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import tyro

from ecg_synth.cli.show import table


@dataclass(frozen=True)
class Presets:
    """List the presets, or print one with every value.

    Attributes:
        name: The preset to print.
    """

    name: Annotated[str | None, tyro.conf.Positional] = None

    def run(self) -> None:
        """Prints names, or one preset as JSON."""
        import json

        from ecg_synth.config_files import to_dict
        from ecg_synth.models.presets import PRESETS, get_preset

        if self.name is None:
            rows = [
                (name, preset.about, preset.config.model.name, preset.config.batch_size, preset.config.epochs)
                for name, preset in PRESETS.items()
            ]
            print(table(("preset", "what it is", "model", "batch", "epochs"), rows))
            print("Every value of one: ecg-synth presets NAME")
        else:
            print(json.dumps(to_dict(get_preset(self.name)), indent=2))
