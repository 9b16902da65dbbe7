"""How long an expression may be, how much it may do, and how much it may make."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionLimits:
    """Limits of one expression. They count work and not time, so the same expression over the same data always passes or always fails."""

    source_characters: int = 10_000
    syntax_depth: int = 60
    """How deep its syntax tree may be."""
    steps: int = 500_000
    """Operations, and elements that an operation looks at, in one evaluation."""
    text_characters: int = 1_000_000
    """The longest text that it may make."""
    elements: int = 100_000
    """The longest list or object that it may make."""
    integer_bits: int = 14_284
    """The largest integer that it may make."""


STANDARD_LIMITS: Final = ExpressionLimits()
