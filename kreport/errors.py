"""What a user did wrong, in one sentence: the argument, what came, what is accepted."""

from __future__ import annotations


class KreportError(Exception):
    """Bad input: shown as one sentence, exit code 2, nothing written."""


class NotMeasuredError(Exception):
    """Raised in a stage to say what the user must hand over; it is shown, not logged."""
