"""The table of models: a new one is a file with one `@MODELS.register("name")` line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecg_synth.registry import Registry

if TYPE_CHECKING:
    from ecg_synth.models.generative import Generative

MODELS: Registry[type[Generative]] = Registry("model")
