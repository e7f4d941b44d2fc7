"""What leaves the package: samples from a trained run, WFDB records, SavedModels."""
