"""What people read about a value that does not fit: which field, what it must be, what it is, and what to do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from interlock.definition import definition_schema, validate_definition
from interlock.definition.validation.expected import PATTERN_WORDS
from tests.definition.drawings import Raw, node
from tests.definition.node_types import node_types

IDS = "Use 1 to 100 letters, digits, _ . - and inner blanks, beginning with a letter or _."
POSITION = "Give x and y, numbers from -1,000,000 to 1,000,000, or remove the position."


def found(definition: Raw) -> list[tuple[str, str]]:
    return [(error.message, error.hint) for error in validate_definition({"name": "x", "connections": [], **definition}, node_types()).errors]


@pytest.mark.parametrize(
    ("more", "message", "hint"),
    [
        ({"join": "firts"}, 'join must be one of all, first, each. It is "firts".', "Did you mean first?"),
        ({"on_error": "ignore"}, 'on_error must be one of fail, continue, port. It is "ignore".', "Choose one of them."),
        ({"join": {"count": 0}}, "count must be at least 1. It is 0.", "Choose a larger number."),
        ({"max_visits": 10**10}, "max_visits must be at most 1,000,000,000. It is 10000000000.", "Choose a smaller number."),
        ({"timeout_seconds": 0}, "timeout_seconds must be more than 0. It is 0.", "Choose a larger number."),
        ({"timeout_seconds": "soon"}, 'timeout_seconds must be a number. It is "soon".', "Write a number, without quotes."),
        ({"max_visits": 1.5}, "max_visits must be a whole number. It is 1.5.", "Write a whole number, without quotes."),
        ({"ordered": "yes"}, 'ordered must be true or false. It is "yes".', "Write true or false, without quotes."),
        ({"parameters": []}, "parameters must be an object. It is [].", "Write an object, for example {key: value}."),
        ({"lock": ["a"]}, 'lock must be text. It is ["a"].', "Put quotes round it."),
        ({"lock": ""}, 'lock must have at least 1 character. It is "".', "Fill it in."),
        ({"name": "n" * 201}, f'name must have at most 200 characters. It is "{"n" * 78}….', "Shorten it."),
        ({"queue": "?"}, 'queue must consist of letters, digits and _ . : -, beginning with a letter or digit. It is "?".', "Write it differently."),
        ({"id": "1st"}, 'id must consist of letters, digits, _ . - and inner blanks, beginning with a letter or _. It is "1st".', IDS),
        ({"retry": {"jitter": 2}}, "jitter must be at most 1. It is 2.", "Choose a smaller number."),
        ({"position": {"x": 0}}, "y is missing.", "Add y."),
        ({"position": [0, 0]}, "position must be an object. It is [0, 0].", POSITION),
        ({"colour": "red"}, "colour is not known here.", "Remove it, or correct its spelling."),
        (
            {"critical": "maybe"},
            'nodes[1] cannot be {"id": "a", "type": "FLOW_NODE", "subtype": "JOIN", "critical": "maybe"}.',
            "Critical must be true or false.",
        ),
    ],
)  # fmt: skip
def test_a_field_of_a_node(more: Raw, message: str, hint: str) -> None:
    assert found({"nodes": [node("start", "MANUAL"), {**node("a"), **more}]}) == [(message, hint)]


@pytest.mark.parametrize(
    ("definition", "message", "hint"),
    [
        ({"tags": ["fine", ""]}, 'tags[1] must have at least 1 character. It is "".', "A tag has 1 to 100 characters."),
        ({"tags": "fine"}, 'tags must be a list. It is "fine".', "A tag has 1 to 100 characters."),
        ({"semantics": 2}, "semantics must be at most 1. It is 2.", "Choose a smaller number."),
        ({"descripton": "x"}, "A workflow has no field 'descripton'.", "Did you mean description?"),
        ({"name": "?"}, 'name must consist of letters, digits, blanks and _ . -, beginning with a letter or digit. It is "?".',
         "Use 1 to 100 letters, digits, blanks, _ . and -, beginning with a letter or digit."),
        ({"nodes": "none"}, "nodes must be a list.", "Write a list of nodes."),
        ({"nodes": [node("start", "MANUAL"), "text"]}, 'nodes[1] must be an object. It is "text".', "Write an object, for example {key: value}."),
    ],
)  # fmt: skip
def test_a_field_of_the_workflow(definition: Raw, message: str, hint: str) -> None:
    assert (message, hint) in found({"nodes": [node("start", "MANUAL")], **definition})


@pytest.mark.parametrize(
    ("subtype", "parameters", "message", "hint"),
    [
        ("WAIT", {}, "parameters cannot be {}.", "Give either seconds or until."),
        ("WAIT", {"seconds": -5}, "seconds must be at least 0. It is -5.", "Choose a larger number."),
        ("IF", {}, "condition is missing.", "Add condition."),
        ("SWITCH", {"value": "x", "cases": []}, "cases must have at least 1 element. It is [].", "Add some."),
    ],
)
def test_a_parameter(subtype: str, parameters: Raw, message: str, hint: str) -> None:
    assert (message, hint) in found({"nodes": [node("start", "MANUAL"), {**node("a", subtype), "parameters": parameters}]})


def test_a_list_is_not_too_short_because_its_elements_are_wrong() -> None:
    parameters = {"custom_config": {"rules": [{"condition": "x", "port": "p", "surplus": 1}]}}
    expected = [("surplus is not known here.", "Remove it, or correct its spelling.")]
    assert found({"nodes": [node("start", "MANUAL"), {**node("a", "ROUTER"), "parameters": parameters}]}) == expected


@pytest.mark.parametrize("name", [" ", "\u00a0", "\u200b", "\u200d", "a ", " a", "a\u202eb", "\ufe0f", "a\tb", "\u3164", "\x85"])
@pytest.mark.parametrize("place", ["name", "tag", "port"])
def test_names_of_blanks_or_invisible_characters_are_refused(name: str, place: str) -> None:
    start = node("start", "MANUAL")
    definition: dict[str, Raw] = {
        "name": {"nodes": [{**start, "name": name}]},
        "tag": {"nodes": [start], "tags": [name]},
        "port": {"nodes": [start, {**node("a", "SWITCH"), "parameters": {"value": "1", "cases": [{"equals": 1, "port": name}]}}]},
    }
    assert any("must consist of text that can be seen, without blanks at its ends" in message for message, _ in found(definition[place]))


@pytest.mark.parametrize("name", ["a", "Zwei Wörter", "é", "日本語 の", "👩\u200d👩\u200d👧", "❤\ufe0f", "می\u200cخواهم", "a\u3000b"])
def test_names_in_any_language_are_taken(name: str) -> None:
    assert found({"nodes": [{**node("start", "MANUAL"), "name": name}], "tags": [name]}) == []


def test_every_pattern_of_the_model_has_words() -> None:
    assert set(patterns(definition_schema())) <= PATTERN_WORDS.keys()
    parameters = [info.parameters.model_json_schema() for name in node_types().names() if (info := node_types().find(*name)) is not None]
    assert set(patterns(parameters)) <= PATTERN_WORDS.keys()


def patterns(value: Any) -> Iterator[str]:
    """Every pattern in a JSON Schema."""
    if isinstance(value, dict):
        yield from (item for key, item in value.items() if key == "pattern" and isinstance(item, str))
        yield from (found for item in value.values() for found in patterns(item))
    elif isinstance(value, list):
        yield from (found for item in value for found in patterns(item))


def test_no_message_speaks_of_python() -> None:
    values: list[Any] = [None, True, 1.5, "x y", [], {}, [{}]]
    broken = [
        {**node(f"n{number}"), field: value} for number, (field, value) in enumerate((field, value) for field in node_fields() for value in values)
    ]
    shown = json.dumps(found({"nodes": [node("start", "MANUAL"), *broken]}))
    assert not any(word in shown for word in ("Input should", "dictionary", "instance of", "None", "True", "valid string"))


def node_fields() -> list[str]:
    return [name for name in definition_schema()["$defs"]["NodeDefinition"]["properties"] if name != "id"]
