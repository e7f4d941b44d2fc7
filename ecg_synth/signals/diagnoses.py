"""PTB's diagnoses: the nine classes and the grouping into three of P1's tables 1 and 2."""

from __future__ import annotations

from collections.abc import Iterable

from ecg_synth.errors import InputError, unknown_name

# P1's table 1, in its order; the position is the label of the feature `diagnosis`.
DIAGNOSES = (
    "Myocardial infarction",
    "Cardiomyopathy/heart failure",
    "Bundle branch block",
    "Dysrhythmia",
    "Myocardial hypertrophy",
    "Valvular heart disease",
    "Myocarditis",
    "Miscellaneous",
    "Healthy control",
)
# P1's table 2; the position is P1's class number.
GROUPS = ("Myocardial infarction", "Miscellaneous", "Healthy control")

# The spellings of `Reason for admission` in PTB's headers; 'n/a' is a value there and P1 counts it as miscellaneous.
_BY_REASON = {
    "myocardial infarction": "Myocardial infarction",
    "cardiomyopathy": "Cardiomyopathy/heart failure",
    "heart failure": "Cardiomyopathy/heart failure",
    "bundle branch block": "Bundle branch block",
    "dysrhythmia": "Dysrhythmia",
    "hypertrophy": "Myocardial hypertrophy",
    "myocardial hypertrophy": "Myocardial hypertrophy",
    "valvular heart disease": "Valvular heart disease",
    "myocarditis": "Myocarditis",
    "n/a": "Miscellaneous",
    "stable angina": "Miscellaneous",
    "unstable angina": "Miscellaneous",
    "palpitation": "Miscellaneous",
    "miscellaneous": "Miscellaneous",
    "cardiomyopathy/heart failure": "Cardiomyopathy/heart failure",
    "healthy control": "Healthy control",
}
_FIELD = "reason for admission"


def diagnosis_of(reason: str) -> str:
    """Maps a header's `Reason for admission` to one of the nine `DIAGNOSES`.

    Args:
        reason: The text after the colon, for example `"Heart failure (NYHA 3)"`.

    Raises:
        InputError: The text is none of PTB's reasons.
    """
    key = " ".join(reason.split("(")[0].lower().split())
    if key not in _BY_REASON:
        raise unknown_name("reason for admission", reason, _BY_REASON)
    return _BY_REASON[key]


def group_of(diagnosis: str) -> str:
    """Maps one of the nine `DIAGNOSES` to one of the three `GROUPS` (P1, table 2).

    Raises:
        InputError: `diagnosis` is not one of `DIAGNOSES`.
    """
    if diagnosis not in DIAGNOSES:
        raise unknown_name("diagnosis", diagnosis, DIAGNOSES)
    return diagnosis if diagnosis in GROUPS else "Miscellaneous"


def reason_in(comments: Iterable[str], record_name: str) -> str:
    """Returns the `Reason for admission` of a header's comments.

    Args:
        comments: The comment lines without the `#`.
        record_name: Named in the error.

    Raises:
        InputError: No comment states it, or it is empty.
    """
    reason = comment_value(comments, _FIELD)
    if not reason:
        raise InputError(
            f"Record {record_name} states no diagnosis: its header has no comment "
            f"'# Reason for admission: ...'. Add the comment, or read the folder as source 'wfdb', "
            f"which accepts records without a diagnosis."
        )
    return reason


def comment_value(comments: Iterable[str], name: str) -> str | None:
    """Returns the text after `name:` in the first comment that has it, or None; case does not matter."""
    for comment in comments:
        key, colon, value = comment.partition(":")
        if colon and key.strip().lower() == name:
            return value.strip()
    return None
