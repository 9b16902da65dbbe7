"""What a value must be, in the words of somebody who writes a definition: pydantic's findings speak of Python."""

import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pydantic_core import ErrorDetails

from interlock.definition.model.fields import VISIBLE

SHOWN_CHARACTERS: Final = 80

PATTERN_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        r"^[A-Za-z0-9][A-Za-z0-9 _.-]*$": "letters, digits, blanks and _ . -, beginning with a letter or digit",
        r"^[A-Za-z_]([A-Za-z0-9_. -]*[A-Za-z0-9_.-])?$": "letters, digits, _ . - and inner blanks, beginning with a letter or _",
        r"^[A-Z][A-Z0-9_]*$": "capital letters, digits and _, beginning with a letter",
        r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$": "letters, digits and _ . : -, beginning with a letter or digit",
        r"^[A-Za-z0-9][A-Za-z0-9_.-]*$": "letters, digits and _ . -, beginning with a letter or digit",
        r"^[A-Za-z_][A-Za-z0-9_.-]*$": "letters, digits and _ . -, beginning with a letter or _",
        r"^[^\x00-\x1f\x7f]+$": "text without control characters",
        VISIBLE: "text that can be seen, without blanks at its ends",
    }
)
"""The patterns of the model in words."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a value must be, as the rest of a sentence, and what to do about it."""

    must_be: str
    hint: str


OTHER_FORM: Final = Expectation("have the form that its description asks for", "Read the description of this field.")
"""For what no table has: the words of the library that found it are for programmers."""


def words_of(item: ErrorDetails) -> tuple[str, str]:
    """Returns what is wrong with a value, as the rest of a sentence that begins with its name, and what to do about it."""
    if item["type"] == "missing":
        return "is missing", "Add it."
    if item["type"] == "extra_forbidden":
        return "is not known here", "Remove it, or correct its spelling."
    if (own := own_words(item)) is not None:
        return f"is not valid: {own[:1].lower()}{own[1:]}", "Correct it."
    expectation = expectation_of(item) or OTHER_FORM
    return f"must {expectation.must_be}", expectation.hint


def own_words(item: ErrorDetails) -> str | None:
    """Returns what a validator of a model said in its own words, without a full stop; None if none did."""
    if item["type"] not in ("value_error", "assertion_error"):
        return None
    return item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip(".")


def expectation_of(item: ErrorDetails) -> Expectation | None:
    """Returns what the value must be, or None where only a validator of the model can say it."""
    context = item.get("ctx", {})
    known = _BY_TYPE.get(item["type"])
    return known(context, item["input"]) if known is not None else None


def shown_value(value: Any) -> str:
    """Returns the value as JSON, cut to 80 characters."""
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= SHOWN_CHARACTERS else shown[: SHOWN_CHARACTERS - 1] + "…"


def _fixed(must_be: str, hint: str) -> Callable[[Mapping[str, Any], Any], Expectation]:
    return lambda _context, _value: Expectation(must_be, hint)


def _bound(words: str, name: str, hint: str) -> Callable[[Mapping[str, Any], Any], Expectation]:
    return lambda context, _value: Expectation(f"be {words} {_number(context[name])}", hint)


def _length(words: str, name: str, what: str, hint: str) -> Callable[[Mapping[str, Any], Any], Expectation]:
    def expected(context: Mapping[str, Any], _value: Any) -> Expectation:
        count = context[name]
        return Expectation(f"have {words} {count:,} {what if count != 1 else what.removesuffix('s')}", hint)

    return expected


def _one_of(context: Mapping[str, Any], value: Any) -> Expectation:
    names = re.findall(r"'((?:[^'\\]|\\.)*)'", context["expected"]) or [str(context["expected"])]
    near = difflib.get_close_matches(value, names, n=1) if isinstance(value, str) else []
    return Expectation(
        f"be one of {', '.join(names)}" if len(names) > 1 else f"be {names[0]}", f"Did you mean {near[0]}?" if near else "Choose one of them."
    )


def _pattern(context: Mapping[str, Any], _value: Any) -> Expectation:
    pattern = context["pattern"]
    words = PATTERN_WORDS.get(pattern)
    return Expectation(f"consist of {words}" if words else OTHER_FORM.must_be, "Write it differently." if words else OTHER_FORM.hint)


def _number(value: float) -> str:
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,}"


_TEXT: Final = _fixed("be text", "Put quotes round it.")
_WHOLE: Final = _fixed("be a whole number", "Write a whole number, without quotes.")
_NUMBER: Final = _fixed("be a number", "Write a number, without quotes.")
_TRUTH: Final = _fixed("be true or false", "Write true or false, without quotes.")
_LIST: Final = _fixed("be a list", "Write a list, for example [a, b].")
_DATE: Final = _fixed("be a date", "Write it as 2026-12-31.")
_TIME: Final = _fixed("be a time of day", "Write it as 18:30:00.")
_MOMENT: Final = _fixed("be a time with its zone", "Write it as 2026-12-31T18:30:00Z.")
_DURATION: Final = _fixed("be a duration", "Write a number of seconds, or a text such as PT1H30M.")
_UUID: Final = _fixed("be an id", "Copy it from where it is shown, for example 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b.")
_URL: Final = _fixed("be an address", "Write it as https://example.com/path.")
_OBJECT: Final = _fixed("be an object", "Write an object, for example {key: value}.")

_BY_TYPE: Final[Mapping[str, Callable[[Mapping[str, Any], Any], Expectation]]] = MappingProxyType(
    {
        "string_type": _TEXT,
        "int_type": _WHOLE,
        "int_parsing": _WHOLE,
        "int_from_float": _WHOLE,
        "float_type": _NUMBER,
        "float_parsing": _NUMBER,
        "finite_number": _fixed("be a finite number", "Write a number, without quotes."),
        "bool_type": _TRUTH,
        "bool_parsing": _TRUTH,
        "list_type": _LIST,
        "tuple_type": _LIST,
        "dict_type": _OBJECT,
        "model_type": _OBJECT,
        "model_attributes_type": _OBJECT,
        "none_required": _fixed("be null", "Remove it."),
        "literal_error": _one_of,
        "enum": _one_of,
        "greater_than": _bound("more than", "gt", "Choose a larger number."),
        "greater_than_equal": _bound("at least", "ge", "Choose a larger number."),
        "less_than": _bound("less than", "lt", "Choose a smaller number."),
        "less_than_equal": _bound("at most", "le", "Choose a smaller number."),
        "multiple_of": _bound("a multiple of", "multiple_of", "Choose another number."),
        "bytes_type": _TEXT,
        "string_unicode": _TEXT,
        "set_type": _LIST,
        "json_invalid": _fixed("be JSON", 'Write JSON, for example {"key": 1}.'),
        "date_type": _DATE,
        "date_parsing": _DATE,
        "date_from_datetime_parsing": _DATE,
        "date_from_datetime_inexact": _DATE,
        "time_type": _TIME,
        "time_parsing": _TIME,
        "datetime_type": _MOMENT,
        "datetime_parsing": _MOMENT,
        "datetime_from_date_parsing": _MOMENT,
        "datetime_object_invalid": _MOMENT,
        "timezone_aware": _MOMENT,
        "time_delta_type": _DURATION,
        "time_delta_parsing": _DURATION,
        "uuid_type": _UUID,
        "uuid_parsing": _UUID,
        "url_type": _URL,
        "url_parsing": _URL,
        "url_syntax_violation": _URL,
        "url_scheme": _URL,
        "string_too_short": _length("at least", "min_length", "characters", "Fill it in."),
        "string_too_long": _length("at most", "max_length", "characters", "Shorten it."),
        "too_short": _length("at least", "min_length", "elements", "Add some."),
        "too_long": _length("at most", "max_length", "elements", "Remove some."),
        "string_pattern_mismatch": _pattern,
    }
)
