"""The page about workflow files has a line for every field, with its default."""

import json
import re

import pytest

from interlock.definition import ConnectionType, OnError, WorkflowDefinition, definition_schema, read_yaml
from interlock.definition.model.join import Late
from tests.cli.command import ROOT

PAGE = (ROOT / "docs" / "reference" / "definition.md").read_text()
SCHEMA = definition_schema()
SPELLINGS = {"critical", "custom_config"}


def rows(title: str) -> dict[str, tuple[str, str]]:
    """Default and meaning of each field in a section, by name."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return {name: (default, meaning) for name, default, meaning in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", found[1], re.MULTILINE)}


@pytest.mark.parametrize(
    ("title", "model"), [("Workflow", SCHEMA), *((title, SCHEMA["$defs"][name]) for title, name in
                        (("Node", "NodeDefinition"), ("Retry", "RetryPolicy"), ("Connection", "ConnectionDefinition")))]
)  # fmt: skip
def test_every_field_has_a_line_with_its_default(title: str, model: dict[str, dict[str, dict[str, object]]]) -> None:
    fields = {name: field for name, field in model["properties"].items() if name not in SPELLINGS}
    lines = rows(title)
    assert list(lines) == list(fields)
    for name, (default, _) in lines.items():
        if default == "required":
            assert name in model["required"]
        elif name != "retry":
            assert json.loads(default.strip("`")) == fields[name].get("default", {})


@pytest.mark.parametrize(
    ("title", "field", "values"),
    [
        ("Node", "late", Late),
        ("Node", "on_error", OnError),
        ("Node", "join", ("all", "first", "each", "{count: n}")),
        ("Connection", "type", ConnectionType),
    ],
)
def test_every_value_of_a_field_is_named(title: str, field: str, values: tuple[str, ...]) -> None:
    _, meaning = rows(title)[field]
    assert {str(value) for value in values} <= set(re.findall(r"`([^`]+)`", meaning))


def test_the_other_spellings_mean_the_same() -> None:
    (example,) = re.findall(r"`connections` as a map: `(.*?)`", PAGE)
    nodes = [{"id": "arrived", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, {"id": "weigh", "type": "FLOW_NODE", "subtype": "JOIN"}]
    listed = WorkflowDefinition.model_validate({"name": "x", "nodes": nodes, "connections": [{"from": "arrived", "to": "weigh"}]})
    assert WorkflowDefinition.model_validate({"name": "x", "nodes": nodes, "connections": read_yaml(example)}) == listed
    assert {spelling for spelling in SPELLINGS if f"`{spelling}" in PAGE} == SPELLINGS
