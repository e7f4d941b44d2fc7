"""Every default of the package, as frozen dataclasses: one a stage.

The command line's flags are generated from these classes, a TOML file overrides them, and the resolved values are
written as JSON beside each result. A default stands here and nowhere else.
"""

from ecg_synth.config.app import AppConfig
from ecg_synth.config.data import (
    CodecConfig,
    FoldConfig,
    PictureConfig,
    SimulateConfig,
    SourceConfig,
    SplitConfig,
    TableImageConfig,
    WriteConfig,
)
from ecg_synth.config.digitize import DigitizeConfig
from ecg_synth.config.fit_digitizer import FitDigitizerConfig
from ecg_synth.config.judging import JudgeConfig
from ecg_synth.config.models import (
    MODEL_CONFIGS,
    AcganConfig,
    AcWganConfig,
    DcganConfig,
    FcnClassesConfig,
    FcnConfig,
    FlowClassesConfig,
    FlowConditionsConfig,
    FlowConfig,
    FlowGanConfig,
    ModelConfig,
    ResnetClassesConfig,
    ResnetConfig,
    ShortcutConfig,
    WganConfig,
)
from ecg_synth.config.paper import PaperConfig
from ecg_synth.config.serving import ServeConfig
from ecg_synth.config.training import (
    OptimizerConfig,
    StopConfig,
    TrainConfig,
)

__all__ = [
    "MODEL_CONFIGS",
    "AcWganConfig",
    "AcganConfig",
    "AppConfig",
    "CodecConfig",
    "DcganConfig",
    "DigitizeConfig",
    "FcnClassesConfig",
    "FcnConfig",
    "FitDigitizerConfig",
    "FlowClassesConfig",
    "FlowConditionsConfig",
    "FlowConfig",
    "FlowGanConfig",
    "FoldConfig",
    "JudgeConfig",
    "ModelConfig",
    "OptimizerConfig",
    "PaperConfig",
    "PictureConfig",
    "ResnetClassesConfig",
    "ResnetConfig",
    "ServeConfig",
    "ShortcutConfig",
    "SimulateConfig",
    "SourceConfig",
    "SplitConfig",
    "StopConfig",
    "TableImageConfig",
    "TrainConfig",
    "WganConfig",
    "WriteConfig",
]
