"""`docs/reference/json.md` has the figures and codes that the code has."""

import re
from pathlib import Path

import pytest

from interlock.definition.reading.limits import DEFINITION_LIMITS
from interlock.json_text import DIGITS, STANDARD_LIMITS, UnreadableValue, read_json

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
ABOUT = Path(__file__).parents[2] / "src" / "interlock" / "json_text" / "unreadable.py"


def test_the_page_names_the_limits() -> None:
    rows = dict(re.findall(r"^\| ([^|]+) \| ([0-9,]+)(?: \([^|]*\))? \|$", PAGE, re.MULTILINE))
    assert rows == {
        "levels of objects and arrays in a value": f"{STANDARD_LIMITS.depth:,}",
        "digits of a whole number": f"{DIGITS:,}",
        "bytes of a value as JSON text, in UTF-8": f"{STANDARD_LIMITS.text_bytes:,}",
        "values in a value: objects, arrays and everything in them": f"{STANDARD_LIMITS.values:,}",
    }
    assert f"A definition has at most {DEFINITION_LIMITS.text_bytes:,} bytes of text and {DEFINITION_LIMITS.values:,} values." in PAGE
    assert f"at most {DIGITS:,} digits" in PAGE


def test_a_definition_is_held_to_the_same_limits_but_for_its_size() -> None:
    assert DEFINITION_LIMITS.depth == STANDARD_LIMITS.depth


def test_the_page_names_every_code() -> None:
    words = set(re.findall(r"`([a-z0-9]+_[a-z0-9_]+)`", PAGE.split("## What is refused")[1].split("```")[0]))
    documented = re.search(r"code: (.*?)\.\n        message", ABOUT.read_text(encoding="utf-8"), re.DOTALL)
    assert documented is not None
    of_yaml = {"not_yaml", "alias_cycle", "unknown_format"}
    assert words == set(re.findall(r"`([a-z0-9_]+)`", documented[1])) - of_yaml


@pytest.mark.parametrize("text", re.findall(r"--input '([^']*)'", PAGE))
def test_the_example_is_refused_as_the_page_says(text: str) -> None:
    with pytest.raises(UnreadableValue) as refused:
        read_json(text)
    assert f"Error: the input cannot be taken: {refused.value.message}\n   at: --input {refused.value.place}\n hint: {refused.value.hint}\n" in PAGE
