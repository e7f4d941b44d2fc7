"""The PTB Diagnostic ECG Database as small images."""
