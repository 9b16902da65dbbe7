"""What workers decide where the database does not: the same rules."""

from datetime import UTC, datetime
from typing import Any

import pytest

from interlock.definition import FLOW_NODE_TYPES
from interlock.nodes import Completed, FinalError, NodeExecutorFactory, Waiting
from tests.nodes.contexts import context_for

INPUT = {"amount": 12_000, "region": "EU", "tags": ["a"]}


@pytest.fixture(scope="module")
def factory() -> NodeExecutorFactory:
    return NodeExecutorFactory.from_entry_points()


async def visit(factory: NodeExecutorFactory, subtype: str, parameters: dict[str, Any], **scope: Any) -> Completed | Waiting:
    executor = factory.get("FLOW_NODE", subtype)
    return await executor.execute(context_for(executor, parameters, input=INPUT, **scope))


@pytest.mark.parametrize(
    ("condition", "port"),
    [
        ("amount > 10000 and region == 'EU'", "true"),
        ("{{amount}} > 20000", "false"),
        ("len(tags) == 1", "true"),
        ("tags", "true"),
        ("input.get('missing')", "false"),
        ("nodes['a'].output.ok", "true"),
        ("context.limit >= amount", "true"),
        ("subject == null", "true"),
    ],
)
async def test_if_leaves_as_its_condition_says(factory: NodeExecutorFactory, condition: str, port: str) -> None:
    result = await visit(factory, "IF", {"condition": condition}, nodes={"a": {"output": {"ok": True}}}, context={"limit": 12_000})
    assert result == Completed(output=INPUT, port=port)


@pytest.mark.parametrize(
    ("condition", "code"),
    [("missing > 1", "missing_name"), ("amount > region", "wrong_type"), ("amount / 0 > 1", "bad_value"), ("nodes['none'].output.x", "missing_key")],
)
async def test_a_condition_without_a_value_is_a_final_error(factory: NodeExecutorFactory, condition: str, code: str) -> None:
    with pytest.raises(FinalError) as raised:
        await visit(factory, "IF", {"condition": condition})
    assert (raised.value.code, raised.value.details["expression"]) == (f"expression_{code}", condition)


@pytest.mark.parametrize(
    ("value", "port"),
    [
        ("region", "eu"),
        ("amount", "big"),
        ("amount / 1000", "twelve"),
        ("1 == 1", "yes"),
        ("null", "nothing"),
        ("'elsewhere'", "default"),
        ("tags", "default"),
    ],
)
async def test_switch_leaves_through_the_first_case_that_is_equal(factory: NodeExecutorFactory, value: str, port: str) -> None:
    cases = [("EU", "eu"), (12_000, "big"), (12, "twelve"), (True, "yes"), (None, "nothing"), ("EU", "never")]
    parameters = {"value": value, "cases": [{"equals": equals, "port": leads} for equals, leads in cases]}
    assert await visit(factory, "SWITCH", parameters) == Completed(output=INPUT, port=port)


RULES = [
    {"condition": "amount > 10000", "port": "large"},
    {"condition": "region == 'EU'", "port": "eu"},
    {"condition": "amount > 1", "port": "large"},
]


@pytest.mark.parametrize(
    ("config", "port"),
    [
        ({"rules": RULES}, "large"),
        ({"rules": RULES, "mode": "all"}, ("large", "eu")),
        ({"rules": RULES[1:2], "mode": "all"}, "eu"),
        ({"rules": [{"condition": "false", "port": "a"}], "default": "b"}, "b"),
        ({"rules": [{"condition": "true", "port": "a"}, {"condition": "missing", "port": "b"}]}, "a"),
    ],
)
async def test_router_leaves_through_the_rules_that_are_true(
    factory: NodeExecutorFactory, config: dict[str, Any], port: str | tuple[str, ...]
) -> None:
    assert await visit(factory, "ROUTER", {"custom_config": config}) == Completed(output=INPUT, port=port)


async def test_router_without_a_true_rule_and_a_default_fails_with_no_route(factory: NodeExecutorFactory) -> None:
    with pytest.raises(FinalError) as raised:
        await visit(factory, "ROUTER", {"custom_config": {"rules": [{"condition": "amount < 0", "port": "a"}]}})
    assert raised.value.code == "no_route"


async def test_wait_gives_its_time_and_holds_no_worker(factory: NodeExecutorFactory) -> None:
    assert await visit(factory, "WAIT", {"seconds": 1.5}) == Waiting(for_="time", seconds=1.5)
    until = await visit(factory, "WAIT", {"until": "2030-01-31T09:00:00+01:00"})
    assert until == Waiting(for_="time", until=datetime(2030, 1, 31, 8, tzinfo=UTC))
    assert until.to_json() == {"for": "time", "until": "2030-01-31T09:00:00+01:00"}


@pytest.mark.parametrize("parameters", [{"seconds": "{{ soon }}"}, {"until": "{{ soon }}"}])
async def test_a_wait_without_a_time_is_a_final_error(factory: NodeExecutorFactory, parameters: dict[str, Any]) -> None:
    """Templates that gave text with braces in it: the model takes them for templates still."""
    with pytest.raises(FinalError) as raised:
        await visit(factory, "WAIT", parameters)
    assert raised.value.code == "bad_wait"


async def test_set_context_changes_the_context_and_passes_on(factory: NodeExecutorFactory) -> None:
    assert await visit(factory, "SET_CONTEXT", {"values": {"round": 2, "seen": ["x"]}}) == Completed(
        output=INPUT, context={"round": 2, "seen": ["x"]}
    )


@pytest.mark.parametrize(
    ("message", "text"), [("too large", "too large"), (12.5, "12.5"), (True, "true"), (None, "null"), ({"a": [1]}, '{"a": [1]}')]
)
async def test_fail_fails_with_its_code_and_message(factory: NodeExecutorFactory, message: Any, text: str) -> None:
    with pytest.raises(FinalError) as raised:
        await visit(factory, "FAIL", {"code": "too_large", "message": message})
    assert (raised.value.code, raised.value.message) == ("too_large", text)


@pytest.mark.parametrize(("subtype", "parameters"), [("JOIN", {}), ("GOTO", {"target": "a"}), ("END", {})])
async def test_all_other_flow_nodes_pass_their_input_on(factory: NodeExecutorFactory, subtype: str, parameters: dict[str, Any]) -> None:
    assert await visit(factory, subtype, parameters) == Completed(output=INPUT)


async def test_a_manual_trigger_gives_the_executions_input(factory: NodeExecutorFactory) -> None:
    executor = factory.get("TRIGGER_NODE", "MANUAL")
    assert await executor.execute(context_for(executor, {}, input=INPUT)) == Completed(output=INPUT)


def test_executors_and_the_definition_agree_about_these_nodes(factory: NodeExecutorFactory) -> None:
    for told in FLOW_NODE_TYPES:
        info = factory.find(told.type, told.subtype)
        assert info is not None
        assert issubclass(info.parameters, told.parameters)
        for name in ("kind", "ports", "takes", "raw", "sees_all", "waits"):
            assert getattr(info, name) == getattr(told, name), (told.subtype, name)
        assert (info.ports_of is None) == (told.ports_of is None)
