"""How large a JSON value may be. The same limits hold wherever a value comes in."""

from dataclasses import dataclass, replace
from typing import Final, Self

DIGITS: Final = 4_300
"""Digits of the longest whole number; Python itself reads no longer ones."""
LARGEST_WHOLE: Final = 10**DIGITS - 1
LEVELS_AROUND: Final = 4
"""Levels that a request of the API has at most around the values in it; the values are looked at once more without them."""
LARGEST_FLOAT: Final = "1.7976931348623157e308"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLimits:
    """Limits of one value."""

    text_bytes: int = 64 * 1024 * 1024
    """Length of its text in UTF-8."""
    depth: int = 100
    """Levels of objects and arrays; `{}` is one level."""
    values: int = 2_000_000
    """Objects, arrays and what they hold, counted together; what YAML aliases repeat counts each time."""
    around: int = 0
    """Levels that a request puts around the value, which do not count."""

    def inside(self, levels: int) -> Self:
        """The limits of values that stand `levels` deep in a larger one."""
        return replace(self, around=levels)


STANDARD_LIMITS: Final = JsonLimits()
