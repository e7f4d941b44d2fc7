"""Recordings in mV: WFDB in and out, leads, diagnoses, slices, resampling, and a simulated database.

NumPy, SciPy and wfdb only; everything else in the package stands to the right of this room.
"""
