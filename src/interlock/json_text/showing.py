"""Writes JSON that is only shown: lines of a log, documents of the command line, details of an error. Nothing is refused."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from interlock.clock import utc_text
from interlock.json_text.checking import NO_FORM, form_of
from interlock.json_text.limits import LARGEST_WHOLE, STANDARD_LIMITS
from interlock.json_text.writing import written_number

MOST_VALUES: Final = 200_000
LEFT_OUT: Final = "…"


def write_document(value: Any) -> bytes:
    """Returns the JSON text of a value. Keys, and values that are not JSON, become text. Times with a zone are in UTC, and end in `Z`.

    NaN becomes null, unless the value holds a whole number beyond 64 bits or text that is not Unicode: then it becomes text.
    """
    try:
        return orjson.dumps(value, default=_form, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError:
        return orjson.dumps(_Showing(written_number).show(value, 0))


def shown_json(value: Any) -> Any:
    """Returns a value that `check_json` accepts and that is as near to the given one as possible.

    Values that are not JSON, NaN, and numbers that are too large become text. NUL characters and half surrogate pairs are replaced. What is nested
    deeper than the limit, or follows after 200,000 values, is left out.
    """
    return _Showing(lambda number: number).show(value, 0)


class _Showing:
    def __init__(self, write_number: Any) -> None:
        self._write_number = write_number
        self._left = MOST_VALUES

    def show(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > STANDARD_LIMITS.depth - 10:
            return LEFT_OUT
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, int | float):
            return self._number(value)
        return self._other(value, depth)

    def _other(self, value: Any, depth: int) -> Any:
        if isinstance(value, Mapping):
            return {_text(key if isinstance(key, str) else str(key)): self.show(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.show(item, depth + 1) for item in value]
        form = _form_of(value)
        return _text(str(value)) if form is NO_FORM else self.show(form, depth + 1)

    def _number(self, number: int | float) -> Any:  # noqa: PYI041 - the two are told apart
        is_json = -LARGEST_WHOLE <= number <= LARGEST_WHOLE if isinstance(number, int) else math.isfinite(number)
        if is_json:
            return self._write_number(number)
        return "a whole number of too many digits" if isinstance(number, int) else str(number)


def _form(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    form = _form_of(value)
    return str(value) if form is NO_FORM else form


def _form_of(value: Any) -> Any:
    """Returns the JSON form of a value that is not JSON; NO_FORM if it has none."""
    return utc_text(value) if isinstance(value, datetime) and value.utcoffset() is not None else form_of(value)


def _text(text: str) -> str:
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
