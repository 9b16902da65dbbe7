"""Limits of a JSON value, the same for every way in."""

from dataclasses import dataclass, replace
from typing import Final, Self

DIGITS: Final = 4_300
"""Digits of the longest whole number. Python itself reads no longer one."""
LARGEST_WHOLE: Final = 10**DIGITS - 1
LEVELS_AROUND: Final = 4
"""The most levels that a request of the API puts around a value. Each value is checked again without them."""
LARGEST_FLOAT: Final = "1.7976931348623157e308"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLimits:
    """Limits of one value."""

    text_bytes: int = 64 * 1024 * 1024
    """Length of its text in UTF-8."""
    depth: int = 100
    """Levels of objects and arrays; `{}` is one level."""
    values: int = 2_000_000
    """Objects, arrays and everything in them. A part that YAML aliases repeat counts each time."""
    around: int = 0
    """Levels around the value, which do not count."""

    def inside(self, levels: int) -> Self:
        """Returns these limits for values that are `levels` deep in a larger one."""
        return replace(self, around=levels)


STANDARD_LIMITS: Final = JsonLimits()
