"""What the pages know of references in expressions is what the product's own parser finds."""

from interlock.definition.expressions.expression import parse_expression
from tests.definition.expression_references import FIXTURE, entries, written


def test_the_fixture_of_the_pages_is_what_the_parser_finds_today() -> None:
    assert FIXTURE.read_text(encoding="utf-8") == written(), "run: python -m tests.definition.expression_references"


def test_the_fixture_names_the_nodes_that_expressions_are_said_to_read() -> None:
    for entry in entries():
        if entry["references"] is None or "for nodes" in entry["source"]:
            continue
        named = {node_id for node_id, _ in entry["references"]}
        found = parse_expression(entry["source"]).references.nodes
        assert found is None or found == named, entry["source"]


def test_the_fixture_has_enough_of_each_kind() -> None:
    references = [entry["references"] for entry in entries()]
    assert sum(1 for found in references if found) > 150
    assert sum(1 for found in references if found is None) > 150
