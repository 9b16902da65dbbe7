"""How much an expression may be, do and make."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionLimits:
    """Bounds of one expression. The same expression over the same data always stays within them or never."""

    source_characters: int = 10_000
    syntax_depth: int = 60
    """How deep its syntax tree may be."""
    steps: int = 500_000
    """Operations, and elements that an operation looks at, in one evaluation."""
    text_characters: int = 1_000_000
    """The longest text that it may make."""
    elements: int = 100_000
    """The longest list or object that it may make."""
    integer_bits: int = 8_192
    """The largest integer that it may make."""


STANDARD_LIMITS: Final = ExpressionLimits()
