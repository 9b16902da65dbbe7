"""The one reader and the one writer of JSON, with one set of limits.

`read_json` reads text that comes from outside, `write_json` writes what goes to the database, and both refuse the same things. `read_stored_json`
reads what the database holds, fast, and `read_written_json` what `write_each` wrote. `write_document` writes what is only shown: lines of a log,
documents of the command line.
"""

from interlock.json_text.checking import NO_FORM, check_json, copy_json, form_of, is_sound
from interlock.json_text.limits import DIGITS, LEVELS_AROUND, STANDARD_LIMITS, JsonLimits
from interlock.json_text.pointer import json_pointer, pointer_steps
from interlock.json_text.reading import number_word, parse_json, read_foreign_json, read_json, read_stored_json, read_written_json, whole_number
from interlock.json_text.showing import shown_json, write_document
from interlock.json_text.text import decode_text
from interlock.json_text.unreadable import UnreadableValue
from interlock.json_text.writing import WrittenJson, write_each, write_json, write_json_array

__all__ = [
    "DIGITS",
    "LEVELS_AROUND",
    "NO_FORM",
    "STANDARD_LIMITS",
    "JsonLimits",
    "UnreadableValue",
    "WrittenJson",
    "check_json",
    "copy_json",
    "decode_text",
    "form_of",
    "is_sound",
    "json_pointer",
    "number_word",
    "parse_json",
    "pointer_steps",
    "read_foreign_json",
    "read_json",
    "read_stored_json",
    "read_written_json",
    "shown_json",
    "whole_number",
    "write_document",
    "write_each",
    "write_json",
    "write_json_array",
]
