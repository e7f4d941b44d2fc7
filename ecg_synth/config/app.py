"""Settings of the web page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AppConfig:
    """Where the page is, and how much it shows.

    Attributes:
        host: Address to listen on; by default only this machine reaches the page. There is no password: with another
            address everyone who reaches it may look, take the quiz and download.
        port: Port to listen on; 0 for any that is free.
        answers: CSV file that the quiz writes each answer to.
        questions: Questions that a quiz begins with; the observer may choose another number.
        max_shown: Most ECGs of a kind drawn at a time.
        max_count: Most ECGs of one download, and questions of one quiz.
        split: Split that real ECGs are taken from, where they come from a prepared dataset.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    answers: str = "quiz.csv"
    questions: int = 20
    max_shown: int = 12
    max_count: int = 1000
    split: str = "test"
