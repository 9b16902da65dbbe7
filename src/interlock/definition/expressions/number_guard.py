"""Guards comparisons of numbers: the database compares exact decimals, Python the floats that it reads them as."""

import math
from decimal import Decimal
from typing import Final

_EXACT: Final = 2**53


def number_text(value: float) -> str | None:
    """Returns the number as SQL/JSON path writes it, or None where decimals and floats disagree about it."""
    if isinstance(value, int):
        return str(value) if abs(value) <= _EXACT else None
    return repr(value)


def certain(path: str, value: float) -> str:
    """Returns a predicate: an exact comparison of the number at `path` with the value gives the same as one after rounding to a float.

    Rounding keeps order, so only decimals strictly between the value's two neighbours, other than the value itself, can come out differently.
    """
    below = math.nextafter(value, -math.inf)
    above = math.nextafter(value, math.inf)
    bounds = [f"{path} == {number_text(value)}"] if _is_written_exactly(value) else []
    if math.isfinite(below):
        bounds.insert(0, f"{path} <= {below!r}")
    if math.isfinite(above):
        bounds.append(f"{path} >= {above!r}")
    return f"({' || '.join(bounds)})"


def _is_written_exactly(value: float) -> bool:
    """Whether the digits of a whole number are its value: 1e23 is the float 99999999999999991611392, and no whole number 1e23 equals it."""
    return not float(value).is_integer() or Decimal(repr(value)) == int(value)
