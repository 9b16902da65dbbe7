"""JSON and YAML text: what is read, and what is refused before it does harm."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.definition import read_file, read_yaml, validate_definition, validate_text
from interlock.definition.reading.limits import DEFINITION_LIMITS
from interlock.json_text import JsonLimits, UnreadableValue, read_json
from tests.definition.node_types import node_types


def refusal(read: Any, source: str | bytes) -> str:
    with pytest.raises(UnreadableValue) as caught:
        read(source)
    assert caught.value.message
    assert caught.value.hint
    return str(caught.value.code)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(json_values)
def test_json_text_is_read_as_it_was_written(value: object) -> None:
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@settings(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="ascii", exclude_categories=["Cc"])), st.lists))
def test_json_is_yaml_too(value: object) -> None:
    assert read_yaml(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes: no", {"yes": "no"}),
        ("on: off", {"on": "off"}),
        ("true: false", {"true": False}),
        ("null: ~", {"null": None}),
        ("1: 2", {"1": 2}),
        ("a: 012", {"a": 12}),
        ("a: 0x1F", {"a": 31}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: .5", {"a": 0.5}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 12:30:00", {"a": "12:30:00"}),
        ("a: 2024-01-01", {"a": "2024-01-01"}),
        ("a: '5'", {"a": "5"}),
        ("a: |\n  x > 1\n  and y", {"a": "x > 1\nand y"}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("a: =", {"a": "="}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("", None),
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_plain_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    assert read_yaml(text) == value


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b'{"a": "\xff"}', "not_utf8"),
        ('{"a": "x\0y"}', "nul_byte"),
        ('{"a": "x\\u0000y"}', "nul_byte"),
        ('{"\\u0000": 1}', "nul_byte"),
        ('{"a": "\\ud800"}', "bad_text"),
        ("[NaN]", "bad_number"),
        ("[-Infinity]", "bad_number"),
        ("[1e999]", "bad_number"),
        (f"[{'9' * 4301}]", "bad_number"),
        ('{"a": 1, "b": 2, "a": 3}', "duplicate_key"),
        ("[" * 101 + "]" * 101, "too_deep"),
        ("[" * 500_000, "too_deep"),
        ('{"a":', "not_json"),
        ("", "not_json"),
        ("{} {}", "not_json"),
        (" " * 1_048_577, "too_large"),
    ],
)
def test_json_that_is_refused(source: str | bytes, code: str) -> None:
    assert refusal(lambda text: read_json(text, DEFINITION_LIMITS), source) == code


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("a: \x00", "nul_byte"),
        ('a: "\\0"', "nul_byte"),
        ("[" * 10_000, "too_deep"),
        ("- " * 10_000 + "a", "too_deep"),
        ("a: 1\na: 2", "duplicate_key"),
        ("1: a\n'1': b", "duplicate_key"),
        ("? [a]\n: b", "bad_key"),
        ("? {a: b}\n: c", "bad_key"),
        ("a: &k x\n? *k\n: c", "bad_key"),
        ("&a [*a]", "alias_cycle"),
        ("&a {b: {c: *a}}", "alias_cycle"),
        ("*nothing", "not_yaml"),
        ("!!binary aGk=", "not_yaml"),
        ("!!python/name:os.system x", "not_yaml"),
        ("!own x", "not_yaml"),
        ("a: [", "not_yaml"),
        ("a: b: c", "not_yaml"),
        ("a\n---\nb", "not_yaml"),
        ("a: .nan", "bad_number"),
        ("a: -.inf", "bad_number"),
        ("a: 1e999", "bad_number"),
        (f"a: {'9' * 4301}", "bad_number"),
        (b"a: \xfe\xff", "not_utf8"),
        (
            "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*{'a' if n == 0 else f'b{n - 1}'}, *{'a' if n == 0 else f'b{n - 1}'}]\n" for n in range(40)),
            "too_many_values",
        ),
        ("x" * 1_048_577, "too_large"),
    ],
)
def test_yaml_that_is_refused(source: str | bytes, code: str) -> None:
    assert refusal(read_yaml, source) == code


@pytest.mark.parametrize("syntax", ["json", "yaml"])
@pytest.mark.parametrize(
    "source", [b"[" + b"1," * 5_000_000 + b"1]", b'{"name": "' + b"x" * 10_000_000 + b'"}', b"\0" * 10_000_000, b"[" * 10_000_000]
)
def test_ten_megabytes_are_refused_at_once(source: bytes, syntax: Any) -> None:
    started = time.process_time()
    report = validate_text(source, node_types(), syntax=syntax)
    assert [error.code for error in report.errors] == ["too_large"]
    assert time.process_time() - started < 1


def test_a_full_megabyte_of_yaml_is_read_in_seconds() -> None:
    started = time.process_time()
    assert len(read_yaml("[" + "{a: b, c: d},\n" * 70_000 + "]")) == 70_000
    assert time.process_time() - started < 15


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"name": "x" * 2_000_000}, "too_large"),
        ({1: 2}, "bad_key"),
        ({"a": float("nan")}, "bad_number"),
        ({"a": "\0"}, "nul_byte"),
        ({"a": {1, 2}}, "bad_value"),
        ({"a": b"x"}, "bad_value"),
        ([[]] * 600_000, "too_many_values"),
    ],
)
def test_raw_values_are_held_to_the_same_limits(raw: Any, code: str) -> None:
    assert [error.code for error in validate_definition(raw, node_types()).errors] == [code]


def test_a_raw_value_that_contains_itself_is_refused() -> None:
    raw: dict[str, Any] = {}
    raw["again"] = raw
    assert [error.code for error in validate_definition(raw, node_types()).errors] == ["too_deep"]


def test_the_caller_sets_the_limits() -> None:
    assert refusal(lambda source: read_json(source, JsonLimits(depth=1)), "[[]]") == "too_deep"


@pytest.mark.parametrize(("name", "text"), [("a.json", '{"a": 1}'), ("a.yaml", "a: 1"), ("b.YML", "a: 1")])
def test_files_are_read_by_their_ending(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_file(tmp_path / name) == {"a": 1}


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a: 1")
    assert refusal(read_file, tmp_path / "a.txt") == "unknown_format"  # type: ignore[arg-type]  # a path is what it takes
