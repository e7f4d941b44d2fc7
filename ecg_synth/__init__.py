"""Synthetic electrocardiograms: ECG slices as images, GANs in Keras, decoded back to millivolts.

The names below are loaded when they are first used, so that `import ecg_synth` and the command line's help do not
wait for TensorFlow. What they are is in the rooms: `signals`, `codec`, `sources`, `data`, `models`, `training`,
`sampling`, `metrics`, `serving`, `paper`, `digitizing`; the TFDS builders are in the package `tfds_ptb`.
"""

import lazy_loader as _lazy

from ecg_synth._version import __version__

__getattr__, __dir__, _names = _lazy.attach(
    __name__,
    submodules=[
        "codec",
        "config",
        "data",
        "digitizing",
        "errors",
        "models",
        "paper",
        "plots",
        "sampling",
        "serving",
        "signals",
        "sources",
        "training",
    ],
    submod_attrs={
        "codec": ["EcgImageCodec", "PictureCodec", "TableImageCodec", "codec_from_config"],
        "config": [
            "CodecConfig",
            "DigitizeConfig",
            "FoldConfig",
            "JudgeConfig",
            "PaperConfig",
            "PictureConfig",
            "SimulateConfig",
            "SourceConfig",
            "SplitConfig",
            "TableImageConfig",
            "TrainConfig",
        ],
        "data.prepare": ["prepare"],
        "data.prepare_images": ["prepare_pictures", "prepare_thyroid"],
        "data.prepared": ["open_prepared"],
        "digitizing.digitize": ["digitize"],
        "errors": ["EcgSynthError", "InputError", "StorageError"],
        "metrics.evaluate": ["evaluate"],
        "metrics.evaluate_every": ["EvaluateEvery"],
        "metrics.signal_set": ["SignalSet"],
        "models.presets": ["get_preset"],
        "paper.batch": ["write_pages"],
        "paper.page": ["make_page"],
        "paper.truth": ["read_truth", "truth_of"],
        "serving.export": ["export_saved_model"],
        "sampling.cohort": ["read_cohort"],
        "sampling.load": ["load_sampler"],
        "sampling.sampler": ["Sampler"],
        "sampling.strips": ["StripSampler"],
        "serving.write": ["write_synthetic"],
        "signals.record": ["EcgRecord"],
        "signals.simulate": ["simulate_record", "write_simulated_database"],
        "signals.wfdb_io": ["read_record", "write_record"],
        "sources.databases": ["open_source"],
        "sources.memory": ["array_source", "frame_source"],
        "training.train": ["train"],
    },
)
__all__ = [*_names, "__version__"]
