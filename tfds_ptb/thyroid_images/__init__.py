"""The Thyroid table as small images."""
