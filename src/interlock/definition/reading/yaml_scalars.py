"""Says what a plain YAML scalar means: a word or number of JSON, or otherwise text.

YAML 1.1 reads `yes`, `no`, `on`, `off`, `12:30` and `2024-01-01` as other types; here they are text, as in the core schema of YAML 1.2.
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
    """Returns the value of a scalar without quotes. `check_json` later refuses words such as .nan, with their place."""
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        return number_word(text)
    if _WHOLE.fullmatch(text):
        return whole_number(text)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    return float(text) if _DECIMAL.fullmatch(text) else text
