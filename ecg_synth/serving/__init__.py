"""What leaves the package: synthetic records, rows and pictures in files, and SavedModels."""
