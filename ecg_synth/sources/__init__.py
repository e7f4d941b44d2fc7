"""Where records come from: databases on disk, the verified download, splits by patient, examples for TFDS."""
