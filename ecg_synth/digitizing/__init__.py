"""Pictures of ECGs on paper, read back into millivolts. Stands on `signals` and `paper`."""
