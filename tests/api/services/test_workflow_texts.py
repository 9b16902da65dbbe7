"""A definition keeps the text that its author wrote."""

import json

import pytest
import yaml

from interlock.definition import read_yaml
from interlock.errors import DefinitionRefused
from tests.api.services.asking import Asking
from tests.api.services.definitions import definition


def text_of(code: str = "result = {}", comment: str = "# why it is there") -> str:
    written = yaml.safe_dump(definition(code=code), sort_keys=False)
    return f"{comment}\n\n{written}\n# the end   \n"


async def test_a_definition_comes_back_with_comments_blanks_and_the_order_of_keys(asking: Asking) -> None:
    text = text_of()
    saved = await asking.ask("create_workflow", definition=read_yaml(text), source=text)
    assert (await asking.ask("get_workflow", workflow="flow")).source == text
    second = text_of("result = {'n': 2}", "# another one")
    await asking.ask("update_workflow", workflow="flow", definition=read_yaml(second), source=second, expected_version=saved.version)
    assert (await asking.ask("get_workflow", workflow="flow")).source == second
    assert (await asking.ask("get_version", workflow="flow", version=1)).source == text


async def test_other_comments_alone_are_another_text_of_the_same_version(asking: Asking) -> None:
    first, second = text_of(comment="# one"), text_of(comment="# two")
    saved = await asking.ask("create_workflow", definition=read_yaml(first), source=first)
    before = await asking.ask("get_workflow", workflow="flow")
    again = await asking.as_another("bob@example.org").ask("update_workflow", workflow="flow", definition=read_yaml(second), source=second)
    assert (again.version, again.created) == (saved.version, False)
    after = await asking.ask("get_workflow", workflow="flow")
    assert (after.source, after.checksum, after.version_created_by) == (second, before.checksum, "ann@example.org")
    assert after.updated_at >= before.updated_at


async def test_a_program_that_sends_no_text_leaves_the_text_of_a_version_alone(asking: Asking) -> None:
    text = text_of()
    await asking.ask("create_workflow", definition=read_yaml(text), source=text)
    await asking.ask("update_workflow", workflow="flow", definition=read_yaml(text))
    assert (await asking.ask("get_workflow", workflow="flow")).source == text


async def test_a_definition_without_a_text_keeps_the_order_of_its_keys(asking: Asking) -> None:
    raw = dict(reversed(definition().items()))
    raw["nodes"] = [dict(reversed(node.items())) for node in raw["nodes"]]
    await asking.ask("create_workflow", definition=raw)
    source = (await asking.ask("get_workflow", workflow="flow")).source
    assert list(json.loads(source)) == list(raw)
    assert [list(node) for node in json.loads(source)["nodes"]] == [list(node) for node in raw["nodes"]]


@pytest.mark.parametrize("text", [text_of("result = {'other': 1}"), "just a text", "a: [", '{"name": "flow"}', "name: flow\nname: flow"])
async def test_a_text_that_says_something_else_is_refused(asking: Asking, text: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        await asking.ask("create_workflow", definition=definition(), source=text)
    assert refused.value.hint
    assert "pydantic" not in str(refused.value).lower()


async def test_json_and_yaml_are_both_kept(asking: Asking) -> None:
    for text in (json.dumps(definition("a"), indent=7), "{name: b, nodes: [{id: s, type: TRIGGER_NODE, subtype: MANUAL}]} # flow"):
        raw = read_yaml(text)
        await asking.ask("create_workflow", definition=raw, source=text)
        assert (await asking.ask("get_workflow", workflow=raw["name"])).source == text
