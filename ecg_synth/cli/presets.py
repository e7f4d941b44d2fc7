"""`ecg-synth presets`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import tyro


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
            print("\n".join(PRESETS))
        else:
            print(json.dumps(to_dict(get_preset(self.name)), indent=2))
