"""A plain result meets another change of its execution, in either order. Both end as if they had come one after another."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from interlock.controlplane import ControlPlane
from interlock.errors import InterlockError
from tests.controlplane.plane import Held, Plane, Row, TestWorker, completed
from tests.model.graphs import step
from tests.races.conftest import OpenSession


@dataclass(frozen=True, kw_only=True)
class Work:
    """One execution of which two workers hold a visit each: A/1, whose result is plain, and D/1. `ahead`: what ran ahead of the report of A/1."""

    plane: Plane
    execution: UUID
    worker: TestWorker
    other: TestWorker
    mine: Held
    theirs: Held
    ahead: Row

    async def report(self, control: ControlPlane) -> Any:
        return await self._exchange(control, self.worker, self.mine, self.ahead)

    async def report_theirs(self, control: ControlPlane) -> Any:
        return await self._exchange(control, self.other, self.theirs, {})

    async def _exchange(self, control: ControlPlane, worker: TestWorker, held: Held, ahead: Row) -> Any:
        worker.request += 1
        result = {**completed(held, {"by": held.name}), **ahead}
        exchange = await control.exchange(worker.id, worker.request, [result], queues=["test"], limits=[5])
        return exchange.answers, [await self.plane.held(row) for row in exchange.assignments]

    async def seen(self) -> Any:
        """All that there is to see of the execution, but for ids and times."""
        rows = await self.plane.rows(
            """select n.node_id, a.visit, a.status, a.attempt, a.loss_count, a.suspended, a.error ->> 'code' as error, a.output,
                      a.worker_id is null as is_free
               from interlock.assignments a join interlock.nodes n using (version_id, node_no) where a.execution_id = %s order by 1, 2""",
            self.execution,
        )
        execution = await self.plane.execution(self.execution)
        attempts = [(row["outcome"], row["attempt"]) for row in await self.plane.attempts(self.execution)]
        revoked = await self.plane.value("select count(*) from interlock.revocations where execution_id = %s", self.execution)
        retried = await self.plane.value("select count(*) from interlock.executions where retried_from = %s", self.execution)
        return rows, execution["status"], execution["suspended_at"] is not None, attempts, revoked, retried

    async def end(self) -> Any:
        """Returns what there is to see, and takes the execution out of the way."""
        seen = await self.seen()
        for row in await self.plane.rows("select id from interlock.executions where ended_at is null"):
            await self.plane.control.cancel(row["id"])
        return seen


Change = Callable[[Work, ControlPlane], Awaitable[Any]]


async def cancel_visit(work: Work, control: ControlPlane) -> Any:
    return await control.cancel_assignment(work.execution, work.mine.assignment_id)


async def cancel_other_visit(work: Work, control: ControlPlane) -> Any:
    return await control.cancel_assignment(work.execution, work.theirs.assignment_id)


CHANGES: dict[str, Change] = {
    "suspend": lambda work, control: control.suspend(work.execution),
    "continue": lambda work, control: control.continue_(work.execution),
    "cancel": lambda work, control: control.cancel(work.execution),
    "retry": lambda work, control: control.retry(work.execution),
    "cancel_visit": cancel_visit,
    "cancel_other_visit": cancel_other_visit,
    "time_out": lambda _, control: control.tick(),
    "stop_worker": lambda work, control: control.stop_worker(work.worker.id),
    "stop_other_worker": lambda work, control: control.stop_worker(work.other.id),
    "other_result": lambda work, control: work.report_theirs(control),
}
SHAPES = {
    "fork": ["S -> A", "A -> B", "A -> C", "S -> D", "D -> E"],
    "chain": ["S -> A", "A -> B", "S -> D", "D -> E"],
    "end": ["S -> A", "S -> D", "D -> E"],
    "join": ["S -> A", "S -> D", "A -> J", "D -> J"],
    "ahead": ["S -> A", "A -> B", "B -> C", "S -> D", "D -> E"],
}
"""What follows A: two visits, one, nothing, a join that D leads to as well, or two of which B ran ahead of the report of A."""
MOVES_AGAIN = ("time_out", "other_result")
"""These pass over an execution that somebody else holds, and look again later."""


async def prepare(plane: Plane, name: str, shape: str = "fork") -> Work:
    timeout = {"timeout_seconds": 10} if name == "time_out" else {}
    nodes = [step("A", on_error="continue", **timeout), step("D", on_error="continue")]
    nodes += [step(node) for node in "BCEJ" if any(node in connection for connection in SHAPES[shape])]
    await plane.deploy(nodes, SHAPES[shape])
    execution = await plane.start()
    worker, other = await plane.worker("test"), await plane.worker("test")
    _, [mine] = await worker.exchange(limit=1)
    _, [theirs] = await other.exchange(limit=1)
    if mine.name != "A/1":
        worker, other, mine, theirs = other, worker, theirs, mine
    if name == "continue":
        await plane.control.suspend(execution)
    if name == "time_out":
        await plane.pass_time(11, tick=False)
    number = await plane.value("select max(node_no) from interlock.nodes where node_id = 'B'")
    ahead = {"ahead": [[number, {"by": "B/1"}]]} if shape == "ahead" else {}
    return Work(plane=plane, execution=execution, worker=worker, other=other, mine=mine, theirs=theirs, ahead=ahead)


async def told(call: Awaitable[Any]) -> Any:
    """What came of it, or the code of its error."""
    try:
        found = await call
    except InterlockError as error:
        return error.code
    return "a new execution" if isinstance(found, UUID) else found


def answers_of(found: Any) -> Any:
    return found[0] if isinstance(found, tuple) else found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", [name for name in CHANGES if name != "retry"])
async def test_a_plain_result_behind_another_change_waits_for_it_or_is_busy(plane: Plane, session: OpenSession, name: str, shape: str) -> None:
    change, (first, second) = CHANGES[name], (await session(), await session())
    expected = await prepare(plane, name, shape)
    await told(change(expected, plane.control))
    answer = answers_of(await told(expected.report(plane.control)))
    seen = await expected.end()

    work = await prepare(plane, name, shape)
    async with first.held_open():
        await told(change(work, first.control))
        reporting = asyncio.create_task(told(work.report(second.control)))
        is_done = not await second.until_blocked(reporting)
    found = answers_of(await reporting)
    if is_done and found == ["busy"]:
        found = answers_of(await told(work.report(second.control)))
    else:
        assert not is_done, f"it did not wait: {found}"
    assert found == answer
    assert await work.seen() == seen


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CHANGES)
async def test_another_change_behind_a_plain_result_sees_what_it_did(plane: Plane, session: OpenSession, name: str, shape: str) -> None:
    change, (first, second) = CHANGES[name], (await session(), await session())
    expected = await prepare(plane, name, shape)
    assert answers_of(await told(expected.report(plane.control))) == ["ok"]
    if shape == "ahead" and name in ("suspend", "cancel", "other_result"):
        taken = await plane.value("select count(*) from interlock.assignments where status = 'completed' and output ->> 'by' = 'B/1'")
        assert taken == int(await plane.value("select interlock.takes_lean_path()"))
    await told(change(expected, plane.control))
    seen = await expected.end()

    work = await prepare(plane, name, shape)
    async with first.held_open():
        assert answers_of(await work.report(first.control)) == ["ok"]
        changing = asyncio.create_task(told(change(work, second.control)))
        is_done = not await second.until_blocked(changing)
    await changing
    if is_done and name in MOVES_AGAIN:
        await told(change(work, second.control))
    else:
        assert not is_done or name in ("stop_other_worker", "retry"), f"it did not wait: {changing.result()}"
    assert await work.seen() == seen


async def test_the_third_try_of_a_plain_result_waits(plane: Plane, session: OpenSession) -> None:
    first, second = await session(), await session()
    work = await prepare(plane, "suspend")
    async with first.held_open():
        await first.control.suspend(work.execution)
        sent = {**completed(work.mine), "tries": 3}
        waiting = await second.blocked(second.control.exchange(work.worker.id, 50, [sent], queues=["test"], limits=[5]))
    exchange = await waiting
    assert (exchange.answers, exchange.assignments) == (["ok"], [])


async def test_of_two_plain_results_of_one_visit_one_counts(plane: Plane, session: OpenSession) -> None:
    """A lost worker's visit is held by another one; the result of the first comes while that of the second is under way."""
    first = await session()
    work = await prepare(plane, "other_result")
    await plane.control.stop_worker(work.worker.id)
    _, [again] = await work.other.exchange(limit=1)
    assert again.name == "A/1"
    async with first.held_open():
        reported = await first.control.exchange(work.other.id, 60, [completed(again, {"by": "new"})], queues=["test"], limits=[0])
        third = await plane.worker("test")
        assert (await third.exchange(completed(work.mine, {"by": "old"})))[0] == ["busy"]
    assert reported.answers == ["ok"]
    assert (await third.exchange(completed(work.mine, {"by": "old"})))[0] == ["IL002"]
    assert (await plane.visit(work.execution, "A/1"))["output"] == {"by": "new"}


async def test_a_plain_result_of_an_execution_that_is_being_retried_is_refused(plane: Plane, session: OpenSession) -> None:
    """The new execution shares the ids of the visits of the old one, and runs A again."""
    first = await session()
    work = await prepare(plane, "retry")
    await plane.control.cancel(work.execution)
    async with first.held_open():
        new = await first.control.retry(work.execution)
        assert answers_of(await work.report(plane.control)) == ["IL002"]
    assert answers_of(await work.report(plane.control)) == ["IL002"]
    assert await plane.visits(new) == {"A/1": "running", "D/1": "running"}, "claimed by the same exchange"


async def test_a_retry_behind_the_last_plain_result_takes_it_over(plane: Plane, session: OpenSession) -> None:
    first, second = await session(), await session()
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    old = await plane.start()
    worker = await plane.worker(control=first.control)
    await worker.report(completed((await worker.claim())["A/1"]))
    held = (await worker.claim())["B/1"]
    async with first.held_open():
        await worker.report(completed(held, {"n": 1}))
        retrying = await second.blocked(second.control.retry(old, "B"))
    assert await plane.visits(await retrying) == {"A/1": "completed", "B/1": "pending"}
    assert await plane.visits(old) == {"A/1": "completed", "B/1": "completed"}
