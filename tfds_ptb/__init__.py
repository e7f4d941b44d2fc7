"""TFDS builders of ECG images; importing this package registers them with `tfds.load`."""

from tfds_ptb.ptb_ecg_images.ptb_ecg_images_dataset_builder import Builder as PtbEcgImages
from tfds_ptb.ptb_ecg_images.ptb_ecg_images_dataset_builder import EcgImagesConfig

__all__ = ["EcgImagesConfig", "PtbEcgImages"]
