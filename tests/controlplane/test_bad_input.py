"""False, malformed and huge input: each is answered by itself, and nothing else is affected."""

import json
import re
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest

from interlock.controlplane import migrate, open_pool
from interlock.errors import BadRequest, InterlockError
from interlock.json_text import DIGITS, STANDARD_LIMITS
from tests.controlplane.plane import Held, Plane, TestWorker, completed, failed, result
from tests.json_text.values import name_of
from tests.model.graphs import flow, step


async def two_claimed(plane: Plane, **more: Any) -> tuple[TestWorker, Held, Held]:
    """One assignment that gets false results, and one beside it that must not be affected."""
    await plane.deploy([step("A", **more), step("B")], ["S -> A", "A -> B"])
    await plane.control.start_executions("flow", [{}, {}])
    worker = await plane.worker()
    _, [first, second] = await worker.exchange(limit=2)
    return worker, first, second


NONSENSE: list[Any] = [
    None, True, 5, "completed", [], [[]], {}, {"outcome": "completed"},
    {"execution_id": None, "assignment_id": None, "attempt": None, "outcome": None},
    {"execution_id": "me", "assignment_id": "me", "attempt": 1, "outcome": "completed"},
]  # fmt: skip


@pytest.mark.parametrize("nonsense", NONSENSE, ids=json.dumps)
async def test_a_malformed_result_is_refused_and_affects_no_other(plane: Plane, nonsense: Any) -> None:
    worker, first, second = await two_claimed(plane)
    answers, _ = await worker.exchange(completed(first), nonsense, completed(second))
    assert answers == ["ok", "IL004", "ok"]


LIES: list[dict[str, Any]] = [
    {"outcome": "done"}, {"outcome": None}, {"outcome": 5}, {"outcome": {"completed": True}}, {"execution_id": 5}, {"execution_id": None},
    {"assignment_id": "x" * 1000}, {"assignment_id": []}, {"attempt": "one"}, {"attempt": 1.5}, {"attempt": 10**15}, {"attempt": []},
    {"tries": "many"}, {"tries": 10**15}, {"tries": {}},
    {"outcome": "waiting", "wait": {"seconds": 1e300}}, {"outcome": "waiting", "wait": {"for": "time", "seconds": -1e300}},
    {"outcome": "waiting", "wait": {"until": "when I like"}}, {"outcome": "waiting", "wait": {"until": 5}}, {"outcome": "waiting", "wait": 5},
    {"outcome": "waiting", "wait": {"for": "order"}}, {"outcome": "waiting", "wait": {"seconds": "ten"}}, {"outcome": "waiting", "wait": []},
    {"outcome": "waiting", "wait": {"for": {"a": 1}}}, {"outcome": "waiting", "wait": {"for": "godot"}},
    {"port": 5}, {"port": {"a": 1}}, {"port": [5, None, ["x"]]}, {"port": []}, {"port": None}, {"port": ["main"] * 1000}, {"port": [None]},
    {"context": 5}, {"context": "x"}, {"context": [1]}, {"context": None}, {"context": {}},
    {"outcome": "failed", "error": 5}, {"outcome": "failed", "error": "x"}, {"outcome": "failed", "error": [1]}, {"outcome": "failed", "error": None},
    {"outcome": "failed", "error": {"code": {"a": 1}, "message": [1], "retryable": "yes"}},
    {"outcome": "failed", "error": {"details": {"retry_after_seconds": 1e308}, "retryable": True}},
    {"outcome": "failed", "error": {"details": {"retry_after_seconds": -5}}}, {"outcome": "failed", "error": {"details": 7}},
    {"output": 5}, {"output": None}, {"output": [1, 2]}, {"output": "x"}, {"unknown": "key"},
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=json.dumps)
async def test_a_false_result_affects_no_other(plane: Plane, lie: dict[str, Any]) -> None:
    worker, first, second = await two_claimed(plane, retry={"max_attempts": 3})
    answers, _ = await worker.exchange({**completed(first), **lie}, completed(second))
    assert answers[0] in ("ok", "IL001", "IL002", "IL004"), "the execution was not broken by it"
    assert answers[1] == "ok"
    assert await plane.visits(second.execution_id) == {"A/1": "completed", "B/1": "pending"}
    await plane.control.explain(first.execution_id)
    await plane.execution(first.execution_id)
    await plane.rows("select * from interlock.workflow_executions")
    if answers[0] != "ok":
        await worker.report(completed(first))
        assert await plane.visits(first.execution_id) == {"A/1": "completed", "B/1": "pending"}


@pytest.mark.parametrize("error", [5, "x", [1], None, {"code": 7}])
async def test_an_error_is_stored_as_an_object_whatever_was_sent(plane: Plane, error: Any) -> None:
    worker, first, _ = await two_claimed(plane)
    await worker.report(result(first, "failed", error=error))
    row = await plane.execution(first.execution_id)
    assert row["status"] == "failed"
    assert isinstance(row["error"]["code"], str)
    assert isinstance(row["error"]["message"], str)
    assert (await plane.attempts(first.execution_id))[0]["error"] == row["error"]


async def test_a_huge_number_as_delay_is_bounded(plane: Plane) -> None:
    worker, first, _ = await two_claimed(plane, retry={"max_attempts": 3})
    text = json.dumps([failed(first, details={"retry_after_seconds": 12345})]).replace("12345", "1e5000")
    answer = await plane.value("select interlock.exchange(%s, 10, %s::jsonb, '{test}', '{0}')", worker.id, text)
    assert answer["answers"] == ["ok"]
    due = await plane.value("select due_at - interlock.now() from interlock.assignments where execution_id = %s and attempt = 2", first.execution_id)
    assert due.total_seconds() <= 86_400


async def test_results_for_assignments_of_another_worker_are_refused(plane: Plane) -> None:
    _, first, second = await two_claimed(plane)
    liar = await plane.worker()
    reports = [
        completed(first), failed(second), {**completed(first), "assignment_id": second.row["assignment_id"]},
        {**completed(first), "execution_id": second.row["execution_id"]}, {**completed(first), "execution_id": str(uuid4())},
    ]  # fmt: skip
    answers, claimed = await liar.exchange(*reports, limit=10)
    assert (answers, claimed) == (["IL002", "IL002", "IL001", "IL001", "IL001"], [])
    assert await plane.value("select count(*) from interlock.assignments where status = 'running'") == 2


async def test_a_result_of_more_than_eight_mebibytes_is_refused_as_a_whole(plane: Plane) -> None:
    worker, first, second = await two_claimed(plane)
    large = {"text": "x" * (10 * 1024 * 1024)}
    with pytest.raises(BadRequest, match="8 MiB"):
        await worker.exchange(completed(first, large), completed(second))
    assert await plane.visits(first.execution_id) == {"A/1": "running"}
    await worker.report(completed(second))


async def test_ten_megabytes_go_in_and_come_out(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    large = "x" * (10 * 1024 * 1024)
    execution = await plane.start(text=large)
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    assert held.input == {"text": large}
    await worker.report(completed(held, {"text": large[: 7 * 1024 * 1024]}))
    assert len((await worker.claim())["B/1"].input["text"]) == 7 * 1024 * 1024
    assert await plane.status(execution) == "running"


@pytest.mark.parametrize("where", ["input", "key", "subject", "idempotency_key"])
async def test_nul_bytes_are_refused_with_a_reason(plane: Plane, where: str) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    item: dict[str, Any] = {"input": {"x": "a\0b"}} if where == "input" else {"input": {"a\0b": 1}} if where == "key" else {where: "a\0b"}
    [answer] = await plane.control.start_executions("flow", [item])
    assert answer.error
    assert answer.error["code"] == "IL013"
    assert "NUL" in answer.error["message"]
    assert await plane.value("select count(*) from interlock.executions") == 0


async def test_a_nul_byte_in_a_result_is_refused_and_the_worker_can_report_another_one(plane: Plane) -> None:
    worker, first, _ = await two_claimed(plane)
    with pytest.raises(BadRequest, match="NUL"):
        await worker.exchange(completed(first, {"x": "\0"}))
    await worker.report(failed(first, "result_not_storable", retryable=False))


async def test_nesting_up_to_the_limit_is_taken(plane: Plane) -> None:
    await plane.deploy([step("A"), flow("I", "IF", {"condition": "x == 1"})], ["S -> A", "A -> I"])
    nested: Any = 1
    for _ in range(STANDARD_LIMITS.depth - 1):
        nested = [nested]
    await plane.start(deep=nested)
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    assert held.input == {"deep": nested}
    await worker.report(completed(held, {"deep": nested, "x": 1}))


@pytest.mark.parametrize("depth", [STANDARD_LIMITS.depth, 200, 600, 5000])
async def test_deeper_nesting_is_refused_with_its_place(plane: Plane, depth: int) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    nested: Any = 1
    for _ in range(depth):
        nested = [nested]
    [answer] = await plane.control.start_executions("flow", [{"input": {"deep": nested}}])
    assert answer.error
    assert re.match(r"/input/deep/0/0.*deeper than 100 levels", answer.error["message"])
    assert await plane.value("select count(*) from interlock.executions") == 0


@pytest.mark.parametrize("bad", [float("nan"), "a\0b", "\ud800", {1: 2}, 10**DIGITS], ids=["nan", "nul", "surrogate", "key", "digits"])
async def test_an_input_that_is_no_json_refuses_its_own_start_and_no_other(plane: Plane, bad: Any) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    items: list[dict[str, Any]] = [
        {"input": {"n": 1}},
        {"input": {"n": [bad]}},
        {"input": {"n": 2}},
        {"subject": "\0"},
        {"input": {"n": 3}, "idempotency_key": "k"},
    ]
    answers = await plane.control.start_executions("flow", items)
    assert [answer.created for answer in answers] == [True, False, True, False, True]
    assert [answer.error and (answer.error["code"], answer.error["message"].partition(": ")[0]) for answer in answers] == [
        None, ("IL013", "/input/n/0"), None, ("IL013", "/subject"), None
    ]  # fmt: skip
    started = [await plane.value("select input ->> 'n' from interlock.executions where id = %s", answers[n].execution_id) for n in (0, 2, 4)]
    assert started == ["1", "2", "3"]


async def test_nesting_without_end_is_refused(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    with pytest.raises(Exception, match="stack depth"):
        await plane.execute("select interlock.start_executions('flow', %s::jsonb)", "[" * 100_000 + "]" * 100_000)
    assert await plane.value("select count(*) from interlock.executions") == 0


async def test_huge_numbers_are_kept_or_refused(plane: Plane) -> None:
    await plane.deploy([flow("I", "IF", {"condition": "n > 5"}), step("A")], ["S -> I", "I.true -> A"])
    [large] = await plane.control.start_executions("flow", [{"input": {"n": 10**30}}])
    assert await plane.value("select input ->> 'n' from interlock.executions where id = %s", large.execution_id) == str(10**30)
    [answer] = await plane.value("select interlock.start_executions('flow', %s::jsonb)", f'[{{"input": {{"n": {10**400}}}}}]')
    found = await plane.value("select input ->> 'n' from interlock.executions where id = %s", answer["execution_id"])
    assert found == str(10**400)
    with pytest.raises(Exception, match="overflow"):
        await plane.execute("select interlock.start_executions('flow', %s::jsonb)", '[{"input": {"n": 1e200000}}]')


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), float("-inf"), -(10**DIGITS), {1: 2}, b"x", {1, 2}, "\ud800"], ids=lambda value: type(value).__name__
)
async def test_values_that_json_does_not_have_are_refused_with_their_place(plane: Plane, value: Any) -> None:
    worker, first, _ = await two_claimed(plane)
    [answer] = await plane.control.start_executions("flow", [{"input": {"n": value}}])
    assert answer.error
    assert answer.error["message"].startswith("/input/n: ")
    assert answer.error["hint"]
    with pytest.raises(BadRequest, match=r"^/0/output/n/0: "):
        await worker.exchange(completed(first, {"n": [value]}))


@pytest.mark.parametrize("number", [6.022e23, 1e16, 1e22, -1e308, 0.1, 5.0, 5e-324, 2**64, 10**DIGITS - 1], ids=name_of)
async def test_numbers_stay_what_they_are(plane: Plane, number: float) -> None:
    worker, first, _ = await two_claimed(plane)
    await plane.start(n=number)
    await worker.report(completed(first, {"n": number}))
    _, claimed = await worker.exchange(limit=10)
    held = [each.input["n"] for each in claimed if "n" in each.input]
    assert [(type(read), read) for read in held] == [(type(number), number)] * 2


async def test_hostile_text_is_text(plane: Plane) -> None:
    text = "'; drop schema interlock cascade; -- $$ \\ \" %s {{ x }} \u202e \U0001f600"
    await plane.deploy([step("A", lock="{{ key }}")], ["S -> A"])
    [started] = await plane.control.start_executions("flow", [{"input": {"key": text}, "subject": text, "idempotency_key": text}])
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    assert (held.input, held.row["subject"]) == ({"key": text}, text)
    await worker.report(completed(held, {text: text}, port=text, context={text: text}))
    assert started.execution_id
    row = await plane.execution(started.execution_id)
    assert (row["status"], row["context"]) == ("completed", {text: text})


async def test_a_lock_key_of_any_length_is_safe(plane: Plane) -> None:
    await plane.deploy([step("A", lock="{{ key }}"), step("B")], ["S -> A", "S -> B"])
    executions = [await plane.start(key="k" * 501), await plane.start(key=""), await plane.start(key="k")]
    worker = await plane.worker()
    for _ in range(3):
        await worker.work()
        await plane.control.tick()
    statuses = [await plane.status(one) for one in executions]
    assert statuses[2] == "completed"
    assert set(statuses[:2]) <= {"completed", "failed"}, "what cannot be locked fails, and does not stop the queue"


@pytest.mark.parametrize(
    "compiled", [{}, {"nodes": []}, {"nodes": {}, "connections": []}, {"nodes": [], "connections": None}, [], None], ids=json.dumps
)
async def test_a_definition_without_its_compiled_form_is_refused(plane: Plane, compiled: Any) -> None:
    with pytest.raises(InterlockError) as refused:
        await plane.control.save_workflow("w", {"name": "w"}, compiled, "x")
    assert refused.value.code == "IL014"
    assert await plane.value("select count(*) from interlock.workflows") == 0


@pytest.mark.parametrize("address", ["nonsense s3cr3t", "postgresql://user:s3cr3t@host/base?foo=bar", "postgresql://user:s3cr3t@[::1/base"])
async def test_an_unreadable_address_is_refused_without_quoting_it(address: str) -> None:
    for refused in (migrate(address), AsyncExitStack().enter_async_context(open_pool(address))):
        with pytest.raises(BadRequest) as found:
            await refused
        assert "s3cr3t" not in f"{found.value} {found.value.details} {found.value.hint}"
