"""Expressions are evaluated for those who write them, over data of the request and of an execution."""

import asyncio
import json
import time
from datetime import datetime
from typing import Any, Final

import psycopg
import pytest
from pydantic import ValidationError

from interlock.api.expression_trials import EXPRESSION_LIMIT, VALUE_BYTES
from interlock.api.side_threads import WAITING_OF_ONE
from interlock.clock import utc_text
from interlock.definition.expressions.reference import ENTRIES, EXAMPLE_DATA
from interlock.errors import ExecutionNotFound, TooBusy
from interlock.insight import node_scopes
from tests.api.services.asking import Asking
from tests.controlplane.plane import completed
from tests.definition.drawings import edge, node

INPUT: dict[str, Any] = {
    "amount": 120,
    "name": "Ada",
    "tags": ["new"],
    "a b": {"c": None},
    "constructor": 1,
    "__proto__": 2,
    "big": 10**30,
    "rate": 1.5,
}


async def value(asking: Asking, text: str, use: str = "template", **data: Any) -> tuple[Any, ...]:
    found = await asking.ask("evaluate_expression", text=text, use=use, **({"input": INPUT} | data))
    assert found.error is None, found.error
    return found.type, found.value


VALUES: Final = (
    ("{{ amount }}", "template", "number", 120),
    ("{{ big }}", "template", "number", 10**30),
    ("{{ rate }}", "template", "number", 1.5),
    ("{{ tags }}", "template", "list", ["new"]),
    ('{{ input["a b"] }}', "template", "object", {"c": None}),
    ('{{ input["a b"].c }}', "template", "null", None),
    ("{{ not tags }}", "template", "boolean", False),
    ("Hello {{ name }}, {{ tags }}", "template", "text", 'Hello Ada, ["new"]'),
    ("plain", "template", "text", "plain"),
    ("", "template", "text", ""),
    ("amount > 100", "condition", "boolean", True),
    ("{{amount}} > 100", "condition", "boolean", True),
    ("amount + 1", "expression", "number", 121),
    ('input["__proto__"] + input["constructor"] + constructor', "expression", "number", 4),
)
"""Texts, their use, and the type and the value that they have."""


@pytest.fixture(autouse=True)
async def looked(asking: Asking) -> None:
    """Waits until the watch of the database rests, so that it can be ended soon."""
    await asking.services.database.look()


async def test_a_text_has_the_value_and_the_type_that_its_use_gives_it(asking: Asking) -> None:
    for text, use, kind, expected in VALUES:
        assert await value(asking, text, use) == (kind, expected), text


async def test_a_condition_says_whether_it_counts_as_true(asking: Asking) -> None:
    for text, is_true in (("tags", True), ("amount - 120", False), ('""', False), ("amount", True)):
        found = await asking.ask("evaluate_expression", text=text, use="condition", input=INPUT)
        assert found.is_true is is_true


async def test_everything_that_an_expression_can_read_can_be_given(asking: Asking) -> None:
    data = {
        "nodes": {"fetch": {"output": {"n": 1}}},
        "context": {"tries": 3},
        "execution": {"id": "e"},
        "subject": "s",
        "item": {"price": 4},
    }
    text = "[nodes.fetch.output.n, context.tries, execution.id, subject, item.price]"
    assert (await value(asking, text, "expression", **data))[1] == [1, 3, "e", "s", 4]


ERRORS: Final = (
    ("order.totl > 1", "condition", "missing_name", 1),
    ("amount + amuont", "expression", "missing_name", 10),
    ("Hello {{ name }}, {{ name.totl }}", "template", "wrong_type", 27),
    ("{{ amount / 0 }}", "template", "bad_value", 13),
    ("amount > 1 && paid", "condition", "syntax", 13),
    ("Hello {{ name", "template", "syntax", 7),
    ("{{ __import__('os') }}", "template", "not_allowed", 4),
    ("{{ ().__class__ }}", "template", "not_allowed", 7),
    ("[x for x in range(100000) for y in range(100000)]", "expression", "limit", 1),
    ("9 ** 9 ** 9", "expression", "limit", 3),
    ("'x' * 2000000", "expression", "limit", 5),
    ("-" * 100 + "1", "expression", "limit", 61),
    ("(" * 300 + "1" + ")" * 300, "expression", "syntax", 201),
    ("", "expression", "syntax", 1),
)
"""Texts, their use, and the code and the column of their error."""


async def test_an_error_says_what_is_wrong_and_where(asking: Asking) -> None:
    for text, use, code, column in ERRORS:
        found = await asking.ask("evaluate_expression", text=text, use=use, input=INPUT)
        assert (found.type, found.value, found.error.code, found.error.column) == (None, None, code, column), text
        assert found.error.message
        assert found.error.hint


async def test_a_large_value_is_shortened_and_says_how_large_it_is(asking: Asking) -> None:
    for text, kind, size in (
        ("'x' * 1000000", "text", 1_000_000),
        ("['abcdefghijklmnop' for x in range(5000)]", "list", 5_000),
        ("{str(x): 'xxxxxxxxxxxxxxxx' for x in range(5000)}", "object", 5_000),
        ("['x' * 200000]", "list", 1),
        ("{'a': ['x' * 200000]}", "object", 1),
    ):
        found = await asking.ask("evaluate_expression", text=text, use="expression")
        assert found.error is None, found.error
        assert (found.type, found.size, found.is_shortened) == (kind, size, True)
        assert len(json.dumps(found.value)) <= 2 * VALUE_BYTES
        assert found.value


async def test_a_small_value_is_whole(asking: Asking) -> None:
    found = await asking.ask("evaluate_expression", text="list(range(100))", use="expression")
    assert (found.is_shortened, found.size, found.value) == (False, 100, list(range(100)))
    assert 0 < found.steps < 1000


async def test_a_template_with_too_many_expressions_is_refused_before_it_is_read(asking: Asking) -> None:
    found = await asking.ask("evaluate_expression", text="{{1}}" * (EXPRESSION_LIMIT + 1))
    assert found.error.code == "limit"
    with pytest.raises(ValidationError, match="at most 100000 characters"):
        await asking.ask("evaluate_expression", text="x" * 100_001)


async def test_the_dearest_text_leaves_the_event_loop_free(asking: Asking) -> None:
    dearest = "{{ [a for a in range(500) for b in range(600)] }}" + "{{ 'ab'.replace('a', 'b') }}" * (EXPRESSION_LIMIT - 1)
    longest, running = 0.0, asyncio.create_task(asking.ask("evaluate_expression", text=dearest))
    while not running.done():
        before = time.perf_counter()
        await asyncio.sleep(0)
        longest = max(longest, time.perf_counter() - before)
    assert (await running).error.code == "limit"
    assert longest < 0.5


async def test_one_caller_waits_for_their_own_expressions_and_is_refused_beyond_a_bound(asking: Asking) -> None:
    dear = "{{ len([x for x in range(5000)]) }}"
    asked = [asyncio.create_task(asking.ask("evaluate_expression", text=dear)) for _ in range(4 * WAITING_OF_ONE)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert any(isinstance(answer, TooBusy) for answer in answers)
    assert [answer for answer in answers if isinstance(answer, BaseException) and not isinstance(answer, TooBusy)] == []
    assert (await asking.as_another("bob@example.org").ask("evaluate_expression", text="1")).value == "1"


FLOW = {
    "name": "flow",
    "nodes": [
        node("start", "MANUAL"),
        {"id": "fetch", "type": "ACTION_NODE", "subtype": "TRANSFORM", "queue": "q", "parameters": {"values": {}}},
        {"id": "use it", "type": "ACTION_NODE", "subtype": "TRANSFORM", "queue": "q", "parameters": {"values": {}}},
        {"id": "never", "type": "ACTION_NODE", "subtype": "TRANSFORM", "queue": "q", "parameters": {"values": {}}},
    ],
    "connections": [edge("start -> fetch"), {"from": "fetch", "to": "use it"}, {"from": "use it", "to": "never"}],
}


@pytest.fixture
async def execution(asking: Asking) -> Any:
    """The node `use it` runs: `start` and `fetch` have completed, `never` was not reached."""
    await asking.ask("create_workflow", definition=FLOW)
    started = await asking.ask("run_workflow", workflow="flow", input={"order": 7}, subject="account-7")
    worker = await asking.plane.worker("q")
    fetch = (await worker.claim())["fetch/1"]
    await worker.report(completed(fetch, {"rows": [1, 2], "a b": "<&>"}))
    return started.execution_id


async def test_data_of_an_execution_is_what_the_node_saw(asking: Asking, execution: Any) -> None:
    of = {"execution_id": execution, "node_id": "use it", "use": "expression"}
    text = "[rows, nodes.start.output.order, nodes['fetch'].output.rows[1], subject, execution.workflow, execution.version, context]"
    found = await asking.ask("evaluate_expression", text=text, **of)
    assert found.error is None, found.error
    assert found.value == [[1, 2], 7, 2, "account-7", "flow", 1, {}]
    assert (await asking.ask("evaluate_expression", text="nodes[str(subject)[:0] + 'fetch'].output.rows", **of)).value == [1, 2]
    assert (await asking.ask("evaluate_expression", text="execution.id", **of)).value == str(execution)


async def test_the_data_is_the_same_that_a_worker_gets(asking: Asking, execution: Any) -> None:
    claimed = (await (await asking.plane.worker("q")).claim())["use it/1"].row
    found = await asking.ask("evaluate_expression", text="[input, execution.started_at]", use="expression", execution_id=execution, node_id="use it")
    assert found.value == [claimed["input"], utc_text(datetime.fromisoformat(claimed["execution"]["started_at"]))]


async def test_a_node_that_was_not_visited_gets_what_the_nodes_before_it_gave(asking: Asking, execution: Any) -> None:
    of = {"execution_id": execution, "node_id": "new", "text": "input", "use": "expression"}
    assert (await asking.ask("evaluate_expression", **of, from_nodes=["start", "fetch"])).value == {"order": 7, "rows": [1, 2], "a b": "<&>"}
    assert (await asking.ask("evaluate_expression", **of, from_nodes=["fetch"])).value == {"rows": [1, 2], "a b": "<&>"}
    assert (await asking.ask("evaluate_expression", **of, from_nodes=["never"])).value == {"order": 7}


async def test_data_of_the_request_comes_before_that_of_the_execution(asking: Asking, execution: Any) -> None:
    of = {"execution_id": execution, "node_id": "use it", "use": "expression"}
    found = await asking.ask(
        "evaluate_expression",
        text="[x, nodes.fetch.output.pinned, nodes.start.output.order, subject]",
        input={"x": 1},
        nodes={"fetch": {"output": {"pinned": True}}},
        subject="other",
        **of,
    )
    assert found.value == [1, True, 7, "other"]


async def test_data_beyond_a_bound_is_refused_with_a_way_out(asking: Asking, execution: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_scopes, "SCOPE_BYTES", 10)
    for text in ("rows", "nodes.fetch.output"):
        found = await asking.ask("evaluate_expression", text=text, use="expression", execution_id=execution, node_id="use it")
        assert found.error.code == "too_large"
        assert found.error.hint
    assert (await asking.ask("evaluate_expression", text="a", use="expression", execution_id=execution, node_id="use it", input={"a": 1})).value == 1


async def test_an_execution_that_does_not_exist_is_refused(asking: Asking) -> None:
    with pytest.raises(ExecutionNotFound):
        await asking.ask("evaluate_expression", text="1", execution_id="01890a5d-0000-7000-8000-000000000000")


async def test_values_in_a_url_are_encoded_as_the_node_encodes_them(asking: Asking) -> None:
    of: dict[str, Any] = {"type": "ACTION_NODE", "subtype": "HTTP_REQUEST", "parameter": "url", "input": {"id": "a/b", "up": ".."}}
    assert (await asking.ask("evaluate_expression", text="https://example.com/x?id={{ id }}", **of)).value == "https://example.com/x?id=a%2Fb"
    assert (await asking.ask("evaluate_expression", text="https://example.com/{{ up }}/x", **of)).error.code == "bad_value"
    assert (await asking.ask("evaluate_expression", text="{{ id }}!", **(of | {"parameter": "constructor"}))).value == "a/b!"
    assert (await asking.ask("evaluate_expression", text="{{ id }}!", **(of | {"subtype": "NONE"}))).value == "a/b!"


async def test_what_can_be_written_is_listed_with_examples_that_the_evaluator_agrees_with(asking: Asking) -> None:
    listed = await asking.ask("list_expression_parts")
    assert [(part.kind, part.signature) for part in listed.items] == [(entry.kind, entry.signature) for entry in ENTRIES]
    assert listed.example_data == EXAMPLE_DATA
    for part in listed.items:
        assert part.summary
        assert part.cost
        found = await asking.ask("evaluate_expression", text=part.example, use="expression", **EXAMPLE_DATA)
        assert found.value == json.loads(part.result), part.signature


async def test_parameters_in_which_nothing_is_rendered_are_marked(asking: Asking) -> None:
    types = {f"{one.type}/{one.subtype}": one.parameters_schema for one in (await asking.ask("list_node_types")).items}
    for name, schema in types.items():
        info = asking.services.node_types.find(*name.split("/"))
        assert info is not None
        marked = {key for key, parameter in schema.get("properties", {}).items() if parameter.get("x-interlock-template") is False}
        assert marked == info.raw & schema.get("properties", {}).keys()
    assert types["ACTION_NODE/RUN_CODE"]["properties"]["code"]["x-interlock-template"] is False


async def test_evaluating_changes_nothing_in_the_database(asking: Asking, connection: psycopg.AsyncConnection) -> None:
    """Each table has the same rows, in the same versions, before and after."""
    tables = await (await connection.execute("select tablename from pg_tables where schemaname = 'interlock' order by 1")).fetchall()

    async def rows() -> list[object]:
        queries = [f"select {name!r}, count(*), max(xmin::text::bigint), max(xmax::text::bigint) from interlock.{name}" for (name,) in tables]
        return [await (await connection.execute(query.encode())).fetchone() for query in queries]

    await value(asking, "{{ amount }}")
    before = await rows()
    for text, use, kind, expected in VALUES:
        assert await value(asking, text, use) == (kind, expected), text
    assert await rows() == before
