"""The web page: synthetic ECGs beside real ones, a quiz, downloads."""
