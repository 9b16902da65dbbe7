"""Checks a text before a parser reads it."""

import re
from typing import Final

from interlock.json_text.limits import JsonLimits
from interlock.json_text.unreadable import UnreadableValue

_TEXT_OR_COMMA: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|,', re.DOTALL)


def decode_text(source: str | bytes, limits: JsonLimits) -> str:
    """Returns the source as text, without a byte order mark.

    Raises:
        UnreadableValue: it is too large, not UTF-8, or holds a NUL byte.
    """
    size = len(source) if isinstance(source, bytes) else _size(source)
    if size > limits.text_bytes:
        raise too_large(f"The text has {size:,} bytes; at most {limits.text_bytes:,} are read.")
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableValue("not_utf8", f"Byte {error.start} is not UTF-8.", "Save the text as UTF-8.") from error
    if "\0" in text:
        raise UnreadableValue("nul_byte", f"Character {text.index(chr(0))} is a NUL byte.", "Remove it; the database keeps no NUL bytes.")
    return text


def check_count(text: str, limits: JsonLimits) -> None:
    """Refuses a JSON text that is known to have too many values by its commas, before they are made.

    Raises:
        UnreadableValue: it has more values than the limit.
    """
    if text.count(",") < limits.values:
        return
    count = 0
    for part in _TEXT_OR_COMMA.finditer(text):
        count += part[0] == ","
        if count >= limits.values:
            raise too_many_values(limits)


def too_many_values(limits: JsonLimits) -> UnreadableValue:
    return UnreadableValue("too_many_values", f"It has more than {limits.values:,} values.", "Split it.")


def too_large(message: str) -> UnreadableValue:
    return UnreadableValue("too_large", message, "Split it, or keep the data elsewhere and pass a reference to it.")


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
