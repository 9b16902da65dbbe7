"""How long an expression may be, how much it may do, and how much it may make."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionLimits:
    """Limits of one expression, and of all that are evaluated for one visit. They count work and not time."""

    source_characters: int = 10_000
    syntax_depth: int = 60
    """How deep its syntax tree may be."""
    steps: int = 250_000
    """Operations, and elements that an operation looks at, in all expressions of one visit."""
    bytes: int = 67_108_864
    """What all expressions of one visit make: 4 for a character, 64 for an element, and the JSON of what a template passes on."""
    text_characters: int = 1_000_000
    """The longest text that it may make."""
    elements: int = 100_000
    """The longest list or object that it may make."""
    integer_bits: int = 14_284
    """The largest integer that it may make."""


STANDARD_LIMITS: Final = ExpressionLimits()
