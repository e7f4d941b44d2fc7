"""TFDS builders of ECG images; importing this package registers them with `tfds.load`."""

from tfds_ptb.ptb_ecg_images.ptb_ecg_images_dataset_builder import Builder as PtbEcgImages
from tfds_ptb.ptb_ecg_images.ptb_ecg_images_dataset_builder import EcgImagesConfig
from tfds_ptb.ptbxl_ecg_images.ptbxl_ecg_images_dataset_builder import Builder as PtbxlEcgImages
from tfds_ptb.ptbxl_ecg_images.ptbxl_ecg_images_dataset_builder import PtbxlImagesConfig

__all__ = ["EcgImagesConfig", "PtbEcgImages", "PtbxlEcgImages", "PtbxlImagesConfig"]
