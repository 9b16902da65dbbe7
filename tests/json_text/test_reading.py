"""Text that somebody gave, as a value."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings

from interlock.json_text import DIGITS, STANDARD_LIMITS, JsonLimits, UnreadableValue, read_json, read_stored_json
from tests.json_text.values import JSON, NUMBERS, REFUSED_TEXTS, name_of, nested, same


@settings(deadline=None)
@given(JSON)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    assert same(read_json(json.dumps(value)), value)
    assert same(read_json(json.dumps(value, ensure_ascii=False).encode()), value)
    assert same(read_stored_json(json.dumps(value)), value)


@pytest.mark.parametrize(("text", "code", "place"), REFUSED_TEXTS, ids=name_of)
def test_what_is_refused_is_told_with_place_and_hint(text: str, code: str, place: str) -> None:
    with pytest.raises(UnreadableValue) as refused:
        read_json(text)
    assert (refused.value.code, refused.value.place) == (code, place)
    assert refused.value.hint
    assert refused.value.sentence.startswith(f"{place}: " if place else refused.value.message)


@pytest.mark.parametrize("number", NUMBERS, ids=name_of)
def test_numbers_are_read_exactly(number: float) -> None:
    text = json.dumps({"n": [number]})
    assert same(read_json(text), {"n": [number]})
    assert same(read_stored_json(text), {"n": [number]})


def test_the_first_thing_that_is_wrong_is_told() -> None:
    with pytest.raises(UnreadableValue, match="NaN") as refused:
        read_json('{"a": [1, {"b": NaN}], "c": Infinity, "a2": 1e400}')
    assert refused.value.place == "/a/1/b"


def test_what_is_within_the_limits_is_taken() -> None:
    assert read_json(json.dumps(nested(STANDARD_LIMITS.depth))) == nested(STANDARD_LIMITS.depth)
    assert read_json("9" * DIGITS) == 10**DIGITS - 1
    assert read_json("[1,2]", JsonLimits(values=3)) == [1, 2]
    assert read_json('{"a":"bc"}', JsonLimits(text_bytes=10)) == {"a": "bc"}
    assert read_json("[[[1]]]", JsonLimits(depth=1).inside(2)) == [[[1]]]


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("[1,2,3]", JsonLimits(values=3), "too_many_values"),
        ('{"a":"bcd"}', JsonLimits(text_bytes=10), "too_large"),
        ('"é"', JsonLimits(text_bytes=3), "too_large"),
        ("[[[[1]]]]", JsonLimits(depth=1).inside(2), "too_deep"),
    ],
)
def test_what_is_beyond_them_is_not(text: str, limits: JsonLimits, code: str) -> None:
    with pytest.raises(UnreadableValue) as refused:
        read_json(text, limits)
    assert refused.value.code == code


def test_a_text_of_too_many_values_is_refused_before_they_are_made() -> None:
    limits = JsonLimits(values=10_000)
    text = "[" + ",".join(["[]"] * 500_000) + "]"
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableValue) as refused:
            read_json(text, limits)
        assert tracemalloc.get_traced_memory()[1] < 10 * len(text)
    finally:
        tracemalloc.stop()
    assert refused.value.code == "too_many_values"


@pytest.mark.parametrize("inner", ["," * 20_000, '\\",' * 20_000, "\\\\", '\\"' * 5_000])
def test_commas_in_a_text_are_no_values(inner: str) -> None:
    limits = JsonLimits(values=10_000)
    assert read_json(json.dumps({"code": inner, "list": [1] * 9_000}), limits)["code"] == inner
