"""The reference page says what the executors say."""

from pathlib import Path

from interlock.nodes import NodeExecutorFactory
from interlock.nodes.reference import write_reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "nodes.md"


def test_the_page_is_what_the_executors_say() -> None:
    ours = [executor for executor in NodeExecutorFactory.from_entry_points().executors() if type(executor).__module__.startswith("interlock.")]
    assert PAGE.read_text() == write_reference(ours), "run: python -m interlock.nodes.reference docs/reference/nodes.md"


def test_every_parameter_of_the_actions_is_explained() -> None:
    for executor in NodeExecutorFactory.from_entry_points().executors():
        if executor.type == "ACTION_NODE":
            fields = executor.parameters.model_json_schema()["properties"]
            assert [name for name, field in fields.items() if not field.get("description") and name != "method"] == []
