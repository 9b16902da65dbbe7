"""Values from outside as JSON."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.json_text import DIGITS, STANDARD_LIMITS, UnreadableValue, read_stored_json, write_json
from interlock.nodes import FinalError, RetryableError, Waiting
from interlock.nodes.json_values import to_json, to_json_object
from tests.json_text.values import name_of

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
WHOLE = st.integers(-(2**63), 2**64 - 1) | st.integers(-(10**DIGITS) + 1, 10**DIGITS - 1)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_json_stays_as_it_is_and_can_be_written(value: Any) -> None:
    assert to_json(value) == value
    assert read_stored_json(write_json(to_json(value))) == value


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ((1, (2,)), [1, [2]]),
        (date(2026, 11, 21), "2026-11-21"),
        (time(9, 30), "09:30:00"),
        (datetime(2026, 11, 21, 10, tzinfo=UTC), "2026-11-21T10:00:00+00:00"),
        (timedelta(minutes=1.5), 90.0),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"\x00\xff", "AP8="),
        (Decimal("3.00"), 3),
        (Decimal("1.10"), 1.1),
        (Decimal("0.1234567890123456789"), "0.1234567890123456789"),
        (Decimal("1e30"), 10**30),
        (Decimal("1e-30"), 1e-30),
        (Decimal(123456789012345678901), 123456789012345678901),
        (Decimal("1e4300"), "1E+4300"),
        (Decimal("1e9000000"), "1E+9000000"),
    ],
)
def test_other_values_become_json_without_a_loss(value: Any, form: Any) -> None:
    assert to_json(value) == form
    assert type(to_json(value)) is type(form)


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ({"a": [1, float("nan")]}, "bad_number", "/a/1"),
        (float("-inf"), "bad_number", ""),
        ({"a": [1, Decimal("NaN")]}, "bad_number", "/a/1"),
        (Decimal("sNaN"), "bad_number", ""),
        ({"a": Decimal("-Infinity")}, "bad_number", "/a"),
        ({"a": {1: 2}}, "bad_key", "/a"),
        ({"a": "x\x00"}, "nul_byte", "/a"),
        ({"x\x00": 1}, "nul_byte", ""),
        (["\ud800"], "bad_text", "/0"),
        ({"a/b": 10**DIGITS}, "bad_number", "/a~1b"),
        (-(10**DIGITS), "bad_number", ""),
        ({1, 2}, "bad_value", ""),
        (object(), "bad_value", ""),
    ],
    ids=name_of,
)
def test_a_value_without_a_form_in_json_is_refused_with_its_place(value: Any, code: str, place: str) -> None:
    with pytest.raises(UnreadableValue) as raised:
        to_json(value)
    assert (raised.value.code, raised.value.place) == (code, place)


def test_what_is_nested_too_deeply_is_refused() -> None:
    nested: Any = 1
    for _ in range(STANDARD_LIMITS.depth):
        nested = [nested]
    assert to_json(nested) == nested
    with pytest.raises(UnreadableValue, match="deeper"):
        to_json([nested])
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    with pytest.raises(UnreadableValue, match="deeper"):
        to_json(cyclic)


def test_anything_but_an_object_becomes_a_value() -> None:
    assert to_json_object({"a": 1}) == {"a": 1}
    assert to_json_object([1]) == {"value": [1]}
    assert to_json_object(None) == {"value": None}


def test_a_wait_says_how_long() -> None:
    until = Waiting(for_="time", until=datetime(2030, 1, 31, 8, tzinfo=UTC))
    assert Waiting(for_="time", seconds=3).to_json() == {"for": "time", "seconds": 3}
    assert until.to_json() == {"for": "time", "until": "2030-01-31T08:00:00+00:00"}
    assert Waiting.from_json(until.to_json()) == until
    for wrong in ({}, {"seconds": 1, "until": datetime.now(UTC)}, {"until": datetime(2026, 1, 1)}):  # noqa: DTZ001  that is the point
        with pytest.raises(ValueError, match=r"wait|until"):
            Waiting(for_="time", **wrong)


def test_an_error_becomes_json() -> None:
    assert FinalError("a", "b", details={"c": 1}, hint="d").to_json() == {
        "code": "a",
        "message": "b",
        "hint": "d",
        "details": {"c": 1},
        "retryable": False,
    }
    assert RetryableError("a", "b").to_json() == {"code": "a", "message": "b", "hint": None, "details": {}, "retryable": True}


@pytest.mark.parametrize("what", ["person", "signal", "callback"])
def test_a_wait_that_nothing_can_end_is_refused(what: Any) -> None:
    with pytest.raises(FinalError, match=what) as raised:
        Waiting(for_=what)
    assert raised.value.code == "wait_not_possible"
    assert raised.value.hint
