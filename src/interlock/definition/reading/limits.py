"""How large a definition may be before anybody looks inside."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLimits:
    """Bounds of what a reader accepts."""

    text_bytes: int = 1_048_576
    """Length of the text in UTF-8."""
    depth: int = 64
    """How deep lists and objects may be nested."""
    values: int = 500_000
    """How many values there may be, those that YAML aliases repeat counted each time."""
