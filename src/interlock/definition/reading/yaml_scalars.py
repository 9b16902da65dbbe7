"""What a plain YAML scalar means: the JSON words and numbers, and text otherwise.

YAML 1.1 takes `yes`, `no`, `on`, `off`, `12:30` and `2024-01-01` for something else than text; here they are text, as in YAML 1.2's core schema.
"""

import re
from typing import Any

from interlock.json_text import number_word, whole_number

_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_WHOLE = re.compile(r"[-+]?[0-9]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def plain_scalar(text: str) -> Any:
    """The value of a scalar written without quotes. `check_json` refuses what stands for a number that is none, with its place."""
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        return number_word(text)
    if _WHOLE.fullmatch(text):
        return whole_number(text)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    return float(text) if _DECIMAL.fullmatch(text) else text
