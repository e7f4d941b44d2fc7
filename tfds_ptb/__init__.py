"""TFDS builders of ECG images, tables and pictures; importing this package registers them with `tfds.load`."""

from tfds_ptb.image_folder.image_folder_dataset_builder import Builder as ImageFolder
from tfds_ptb.image_folder.image_folder_dataset_builder import ImageFolderConfig
from tfds_ptb.ptb_ecg_images.ptb_ecg_images_dataset_builder import Builder as PtbEcgImages
from tfds_ptb.ptb_ecg_images.ptb_ecg_images_dataset_builder import EcgImagesConfig
from tfds_ptb.ptbxl_ecg_images.ptbxl_ecg_images_dataset_builder import Builder as PtbxlEcgImages
from tfds_ptb.ptbxl_ecg_images.ptbxl_ecg_images_dataset_builder import PtbxlImagesConfig
from tfds_ptb.thyroid_images.thyroid_images_dataset_builder import Builder as ThyroidImages
from tfds_ptb.thyroid_images.thyroid_images_dataset_builder import ThyroidImagesConfig

__all__ = [
    "EcgImagesConfig",
    "ImageFolder",
    "ImageFolderConfig",
    "PtbEcgImages",
    "PtbxlEcgImages",
    "PtbxlImagesConfig",
    "ThyroidImages",
    "ThyroidImagesConfig",
]
