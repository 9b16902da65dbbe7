"""Lines and columns of places in YAML and JSON texts."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.definition import find_positions, read_yaml
from interlock.json_text import UnreadableValue, json_pointer

TEXT = """a: &x
  - 1
  - {b: 2, "c/d": [3, 4]}
e:
  f: *x
~: 5
"""


@pytest.mark.parametrize(
    ("pointer", "position"),
    [
        ("", (1, 1)),
        ("/a", (1, 1)),
        ("/a/0", (2, 5)),
        ("/a/1", (3, 5)),
        ("/a/1/b", (3, 6)),
        ("/a/1/c~1d", (3, 12)),
        ("/a/1/c~1d/1", (3, 23)),
        ("/a/1/missing", (3, 5)),
        ("/e/f", (5, 3)),
        ("/e/f/1/b", (5, 3)),  # inside an alias
        ("/nowhere/at/all", (1, 1)),
    ],
)
def test_a_value_is_found_at_its_key(pointer: str, position: tuple[int, int]) -> None:
    assert find_positions(TEXT, [pointer]) == {pointer: position}


def test_a_text_that_is_not_yaml_has_no_positions() -> None:
    assert find_positions("a: [", ["/b"]) == {}


values = st.recursive(st.integers() | st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=3), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=3), inner, max_size=3)
), max_leaves=8)  # fmt: skip


def _pointers(value: object, steps: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside: list[tuple[str | int, object]] = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [steps, *(found for step, item in inside for found in _pointers(item, (*steps, step)))]


@settings(deadline=None, max_examples=60)
@given(values)
def test_every_value_of_a_json_text_is_found_where_it_or_its_key_stands(value: object) -> None:
    text = json.dumps(value, indent=1)
    lines = text.splitlines()
    ways = _pointers(value)
    found = find_positions(text, [json_pointer(steps) for steps in ways])
    for steps in ways:
        line, column = found[json_pointer(steps)]
        there = lines[line - 1][column - 1 :]
        part = value
        for step in steps:
            part = part[step]  # type: ignore[index]  # the steps lead through objects and lists
        first = json.dumps(part)[0] if not steps or isinstance(steps[-1], int) else json.dumps(steps[-1])
        assert there.startswith(first), (steps, there)


@pytest.mark.parametrize(
    "text", ["a: 1\na: 2", "a: !x 1", "a: *b", "a: &b [*b]", "? [a]\n: 1", "--- 1\n--- 2", "a: .inf", 'a: "\\0"', "a: [", "- " * 200]
)
def test_every_refusal_of_yaml_names_line_and_column(text: str) -> None:
    with pytest.raises(UnreadableValue) as refused:
        read_yaml(text)
    assert refused.value.message.startswith("Line ")


def test_a_file_is_validated_with_lines(tmp_path: Path) -> None:
    from tests.cli.command import run_here

    file = tmp_path / "bad.yaml"
    file.write_text("name: w\nnodes:\n  - id: a\n    type: NO_SUCH\n    subtype: X\nconnections: []\n")
    assert "/nodes/0/subtype (a) line 5, column 5" in run_here("validate", str(file)).said
    errors = run_here("validate", str(file), "--json").document["files"][0]["errors"]
    assert all(error["line"] in {1, 2, 3, 4, 5} and error["column"] for error in errors)
