"""How large a workflow may be."""

import json
from typing import Any

import pytest

from interlock.definition import validate_definition
from interlock.definition.validation.draft import read_draft
from interlock.definition.validation.suggestions import Suggestions
from interlock.json_text import JsonLimits
from tests.definition.drawings import edge, node
from tests.definition.node_types import node_types

WIDE = JsonLimits(text_bytes=10_000_000)


def errors(raw: dict[str, Any]) -> list[str]:
    return [error.code for error in validate_definition(raw, node_types(), WIDE).errors]


def test_five_thousand_nodes_are_valid() -> None:
    nodes = [node("start", "MANUAL"), *(node(f"n{number}") for number in range(4_999))]
    edges = [edge("start -> n0"), *(edge(f"n{number} -> n{number + 1}") for number in range(4_998))]
    report = validate_definition({"name": "long", "nodes": nodes, "connections": edges}, node_types())
    assert (report.errors, report.warnings) == ((), ())


def test_more_nodes_are_one_error() -> None:
    nodes = [node("start", "MANUAL"), *(node(f"n{number}") for number in range(5_000))]
    assert errors({"name": "long", "nodes": nodes}) == ["too_many_nodes"]


def test_more_than_fifty_thousand_connections_are_one_error_in_either_form() -> None:
    listed = [edge("start -> a")] * 50_001
    mapped = {"a": {"connection_types": {"main": {"connections": [{"node": "start"}] * 50_001}}}}
    for connections in (listed, mapped):
        codes = [
            error.code for error in read_draft({"name": "wide", "nodes": [node("start", "MANUAL"), node("a")], "connections": connections}).errors
        ]
        assert codes == ["too_many_connections"]


@pytest.mark.parametrize("length", [10_001, 100_000])
def test_a_long_expression_is_an_error_of_its_node(length: int) -> None:
    nodes = [node("start", "MANUAL"), node("a", "IF", {"condition": "x" * length})]
    assert errors({"name": "x", "nodes": nodes, "connections": [edge("start -> a")]}) == ["bad_expression"]


@pytest.mark.parametrize("connections", [{}, []])
def test_a_workflow_may_have_no_connections(connections: Any) -> None:
    assert errors({"name": "x", "nodes": [node("start", "MANUAL")], "connections": connections}) == []


def test_more_than_ten_thousand_expressions_are_one_error_and_none_of_them_is_parsed() -> None:
    texts = node("a") | {"parameters": {"output": "{{ ) }}" * 10_001}}
    listed = node("a") | {"parameters": {"output": ["{{ ) }}"] * 10_001}}
    for wide in (texts, listed):
        assert errors({"name": "wide", "nodes": [node("start", "MANUAL"), wide], "connections": [edge("start -> a")]}) == ["too_many_expressions"]


def test_of_many_errors_the_first_thousand_are_reported() -> None:
    dangling = [edge(f"start -> m{number}") for number in range(15_000)]
    codes = errors({"name": "wide", "nodes": [node("start", "MANUAL")], "connections": dangling})
    assert codes == ["dangling_connection"] * 1_000 + ["too_many_errors"]


def test_names_are_guessed_for_the_first_fifty_errors() -> None:
    nodes = [node("start", "MANUAL"), *(node(f"n{number}") for number in range(100))]
    edges = [edge(f"start -> n{number}") for number in range(100)]
    report = validate_definition({"name": "w", "nodes": nodes, "connections": [*edges, *(edge(f"start -> n{n}x") for n in range(100))]}, node_types())
    assert [error.hint.startswith("Did you mean 'n") for error in report.errors] == [True] * 50 + [False] * 50


def test_a_guess_compares_few_names_of_bounded_length() -> None:
    suggestions = Suggestions()
    assert suggestions.nearest("a" * 101, ["a" * 101]) == []
    assert suggestions.nearest("nodes", [*(f"x{number:04}" for number in range(5_000)), "node"]) == ["node"], "those that begin alike come first"


def test_a_report_stays_small_though_a_key_is_as_long_as_a_definition() -> None:
    key = "k" * 100_000
    drawn = {"name": "w", "nodes": [node("start", "MANUAL"), node("a", parameters={"values": {key: ["{{ ) }}"] * 900}})], "connections": []}
    report = validate_definition(drawn, node_types())
    assert len(report.errors) >= 900
    assert {error.place for error in report.errors if error.code == "bad_expression"} == {"/nodes/1/parameters/values"}
    assert len(json.dumps(report.to_json())) < 1_000_000
