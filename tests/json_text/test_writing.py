"""Values as text, for the database and for whoever reads along."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum, IntEnum, StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.json_text import (
    DIGITS,
    STANDARD_LIMITS,
    JsonLimits,
    UnreadableValue,
    WrittenJson,
    check_json,
    is_sound,
    read_json,
    read_stored_json,
    shown_json,
    write_document,
    write_each,
    write_json,
    write_json_array,
)
from tests.json_text.values import FLOATS, JSON, NUMBERS, name_of, nested, same


class Word(StrEnum):
    ONE = "one"


class OldWord(str, Enum):  # noqa: UP042 - the kind that prints itself otherwise
    TWO = "two"


class Count(IntEnum):
    THREE = 3


@dataclass(frozen=True, slots=True)
class Record:
    at: datetime
    words: tuple[Word, ...]


AT = datetime(2026, 1, 1, 9, 30, tzinfo=UTC)
WRITTEN = "2026-01-01T09:30:00+00:00"
SHOWN = "2026-01-01T09:30:00.000000Z"
BIG = 2**70


@settings(deadline=None)
@given(JSON)
def test_what_is_written_is_read_again(value: Any) -> None:
    text = write_json(value)
    assert same(read_stored_json(text), value)
    assert same(read_json(text), value)


@pytest.mark.parametrize("number", NUMBERS, ids=name_of)
def test_a_float_is_written_so_that_a_decimal_type_keeps_it_a_float(number: float) -> None:
    text = write_json([number]).decode()
    assert ("." in text or "e-" in text) is isinstance(number, float)
    assert "e+" not in text
    assert same(read_stored_json(text), [number])


def test_large_floats_have_their_shortest_digits() -> None:
    assert write_json([6.022e23, -1e16, 123456789012345680.0]) == b"[602200000000000000000000.0,-10000000000000000.0,123456789012345680.0]"


@pytest.mark.parametrize("text", ["1e16,", "e308]", "e+99}", "null", "\\u0000", "[" * 200, "NaN"])
def test_text_that_looks_like_a_number_stays_as_it_is(text: str) -> None:
    assert write_json({text: text, "n": 1}) == json.dumps({text: text, "n": 1}, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ((1, (2,)), [1, [2]]),
        (MappingProxyType({"a": 1}), {"a": 1}),
        (AT, WRITTEN),
        (date(2026, 1, 1), "2026-01-01"),
        (time(9, 30), "09:30:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([Word.ONE, OldWord.TWO, Count.THREE], ["one", "two", 3]),
        (Record(AT, (Word.ONE,)), {"at": WRITTEN, "words": ["one"]}),
        ({Word.ONE: 1}, {"one": 1}),
    ],
)
@pytest.mark.parametrize("beside", [1, BIG, 6.022e23, None, "\\u0000"])
def test_times_ids_and_records_are_written_alike_whatever_stands_beside_them(value: Any, form: Any, beside: Any) -> None:
    assert read_json(write_json([value, beside])) == [form, beside]
    assert read_json(write_document([value, beside])) == read_json(json.dumps([form, beside]).replace(WRITTEN, SHOWN))


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ({"a": [None, float("nan")]}, "bad_number", "/a/1"),
        ({"a": float("inf")}, "bad_number", "/a"),
        ({"a": float("-inf"), "b": 2**70}, "bad_number", "/a"),
        ({"a": {"b": 10**DIGITS}}, "bad_number", "/a/b"),
        ({"a": "x\0"}, "nul_byte", "/a"),
        ({"a": {"\0": 1}}, "nul_byte", "/a"),
        ({"a": ["\ud800"]}, "bad_text", "/a/0"),
        ({"a": {5: 1}}, "bad_key", "/a"),
        ({"a": {None: 1}}, "bad_key", "/a"),
        ({"a": [b"x"]}, "bad_value", "/a/0"),
        ({"a": {1, 2}}, "bad_value", "/a"),
        ({"a": object()}, "bad_value", "/a"),
        (nested(101), "too_deep", "/deep" + "/0/a" * 49 + "/0"),
    ],
    ids=name_of,
)
def test_what_json_has_not_is_refused_with_its_place(value: Any, code: str, place: str) -> None:
    for refuse in (write_json, lambda given: check_json(given, STANDARD_LIMITS)):
        with pytest.raises(UnreadableValue) as refused:
            refuse(value)
        assert (refused.value.code, refused.value.place) == (code, place)
        assert refused.value.hint
    assert not is_sound(value, STANDARD_LIMITS)


def test_what_contains_itself_is_refused() -> None:
    value: dict[str, Any] = {"n": None}
    value["again"] = [value]
    with pytest.raises(UnreadableValue, match="deeper than 100"):
        write_json(value)


@pytest.mark.parametrize("depth", [100, 101, 200, 253, 254, 255, 300, 600, 2_000])
def test_a_hundred_levels_are_written_and_no_more(depth: int) -> None:
    if depth <= STANDARD_LIMITS.depth:
        assert read_json(write_json(nested(depth))) == nested(depth)
        return
    with pytest.raises(UnreadableValue, match="deeper than 100") as refused:
        write_json(nested(depth))
    assert refused.value.place.count("/") == STANDARD_LIMITS.depth


def test_levels_around_a_value_do_not_count() -> None:
    assert read_stored_json(write_json([nested(100)], STANDARD_LIMITS.inside(1))) == [nested(100)]
    with pytest.raises(UnreadableValue, match="deeper than 100"):
        write_json([nested(101)], STANDARD_LIMITS.inside(1))


def test_size_and_number_of_values_are_limited() -> None:
    assert write_json("x" * 98, JsonLimits(text_bytes=100))
    with pytest.raises(UnreadableValue) as large:
        write_json("x" * 99, JsonLimits(text_bytes=100))
    assert write_json([1] * 99, JsonLimits(values=100))
    with pytest.raises(UnreadableValue) as many:
        write_json([1] * 100, JsonLimits(values=100))
    assert (large.value.code, many.value.code) == ("too_large", "too_many_values")


def test_of_an_array_each_item_is_held_to_the_limits_by_itself() -> None:
    limits = JsonLimits(values=3, text_bytes=60)
    assert write_json_array([[1, 2], {"a": 6.022e23}, WrittenJson(b"[1,2,3,4]")], limits) == b'[[1,2],{"a":602200000000000000000000.0},[1,2,3,4]]'
    with pytest.raises(UnreadableValue) as refused:
        write_json_array([[1], {"a": [float("nan")]}], limits)
    assert (refused.value.code, refused.value.place) == ("bad_number", "/1/a/0")
    with pytest.raises(UnreadableValue, match="Together"):
        write_json_array(["x" * 40, "x" * 40], limits)


@settings(deadline=None)
@given(st.lists(JSON | st.sampled_from([float("nan"), 1e22, None, "\ud800", "\0", {1: 2}, b"x", 10**DIGITS, nested(100), nested(101)]), max_size=5))
def test_many_values_are_written_as_each_of_them_alone(values: list[Any]) -> None:
    for value, text in zip(values, write_each(values, STANDARD_LIMITS), strict=True):
        if text is not None:
            assert text == write_json(value, STANDARD_LIMITS)


@pytest.mark.parametrize("value", ["a,\n,b", [1, 2], {"a": ["\n", "]"]}, orjson.Fragment(b'["a",\n,"b"]'), orjson.Fragment(b"\n")])
def test_what_looks_like_the_end_of_a_value_does_not_part_it(value: Any) -> None:
    assert write_each([value, {"b": 1}]) == [orjson.dumps(value), b'{"b":1}']


def test_no_values_have_no_texts() -> None:
    assert write_each([]) == []


@given(JSON | st.sampled_from([float("nan"), "\ud800", "\0", {1: 2}, b"x", 10**DIGITS, nested(101)]))
def test_a_quick_look_and_a_close_one_agree(value: Any) -> None:
    try:
        check_json([value], STANDARD_LIMITS)
    except UnreadableValue:
        assert not is_sound([value], STANDARD_LIMITS)
    else:
        assert is_sound([value], STANDARD_LIMITS)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": float("nan"), 5: b"x"}, {"a": "nan", "5": "b'x'"}),
        (["\ud800", "a\0b"], ["?", "a\ufffdb"]),
        ([10**DIGITS, 2**70, AT], ["a whole number of too many digits", 2**70, SHOWN]),
    ],
    ids=name_of,
)
def test_what_is_only_shown_is_never_refused(value: Any, shown: Any) -> None:
    assert shown_json(value) == shown
    check_json(shown_json(value), STANDARD_LIMITS)
    assert read_stored_json(write_document([value, 2**70]))


def test_what_is_shown_of_something_endless_has_an_end() -> None:
    value: list[Any] = []
    value += [value, value]
    check_json(shown_json(value), STANDARD_LIMITS)


@pytest.mark.parametrize("number", FLOATS)
def test_floats_are_shown_as_floats(number: float) -> None:
    assert same(read_json(write_document([number, 2**70])), [number, 2**70])


@pytest.mark.parametrize("beside", [1, BIG])
def test_a_time_in_another_zone_is_shown_in_utc_and_one_without_a_zone_as_it_is(beside: int) -> None:
    there = AT.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert read_json(write_document([there, {"at": there}, AT.replace(tzinfo=None), beside])) == [
        SHOWN,
        {"at": SHOWN},
        "2026-01-01T09:30:00",
        beside,
    ]
