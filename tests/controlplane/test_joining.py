"""Results whose tokens go to one join take the short way, see joining_nodes; all others do not. Whichever it is, answers and rows are the same."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from tests.controlplane.general_path import WATCH_JOINS
from tests.controlplane.plane import Held, Plane, Row, TestWorker, completed, failed
from tests.controlplane.test_lean_path import reported, rows_of
from tests.model.graphs import flow, step
from tests.model.rows import differences
from tests.servers import TestServer

AB = (step("A"), step("B"))
INTO_J = ("S -> A", "S -> B", "A -> J", "B -> J")


@pytest.fixture
async def planes(server: TestServer) -> AsyncIterator[tuple[Plane, Plane]]:
    """One that writes down which results went straight to joins, and one in which none does."""
    async with AsyncExitStack() as stack:
        both = []
        for statement, setting in ((WATCH_JOINS, "on"), ("select 1", "off")):
            url = stack.enter_context(server.fresh_database(migrated=True))
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(statement.encode())
                await connection.execute(f"alter database {connection.info.dbname} set interlock.lean_path = {setting}".encode())
            pool = AsyncConnectionPool[Any](url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
            both.append(Plane(await stack.enter_async_context(pool)))
        yield both[0], both[1]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a worker reports in an execution, exchange by exchange, and which of the results go straight to a join."""

    nodes: Sequence[Row]
    edges: Sequence[str]
    exchanges: Sequence[Sequence[str]]
    straight: Sequence[str]
    make: Callable[[Held], Row] = completed
    before: Callable[[Plane, TestWorker], Awaitable[object]] | None = None
    limit: int = 10
    more: tuple[tuple[str, Any], ...] = ()

    async def play(self, plane: Plane) -> list[Any]:
        await plane.deploy(self.nodes, self.edges, **dict(self.more))
        execution = await plane.start(n=1, x=1)
        worker = await plane.worker()
        held = dict(await worker.claim())
        if self.before:
            await self.before(plane, worker)
        seen: list[Any] = []
        for names in self.exchanges:
            answers, handed = await worker.exchange(*(self.make(held[name]) for name in names), limit=self.limit)
            held |= {one.name: one for one in handed}
            seen.append([answers, [(one.name, one.input) for one in handed]])
        return [*seen, await plane.visits(execution), await plane.status(execution)]


def said(held: Held) -> Row:
    """Both outputs have the key `of`: the later slot wins."""
    return completed(held, {"of": held.name, held.name: 1})


async def suspend(plane: Plane, _worker: TestWorker) -> None:
    await plane.control.suspend(await plane.value("select id from interlock.executions"))


async def have_another_worker(plane: Plane, _worker: TestWorker) -> None:
    """What is handed over needs an executor that the worker that reports does not have."""
    await plane.execute("update interlock.nodes set requires = 'TEST_NODE/OTHER' where node_id = 'J'")


SCENES = {
    "one_token_after_the_other": Scene(
        nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["A/1"], ["B/1"], ["J/1"]], straight=["A/1", "B/1"], make=said
    ),
    "the_second_slot_first": Scene(nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["B/1"], ["A/1"], ["J/1"]], straight=["B/1", "A/1"], make=said),
    "all_tokens_together": Scene(nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["B/1", "A/1"], ["J/1"]], straight=["B/1", "A/1"], make=said),
    "a_join_of_the_database": Scene(
        nodes=[*AB, flow("J", "JOIN"), step("C")],
        edges=[*INTO_J, "J -> C"],
        exchanges=[["A/1"], ["B/1"], ["C/1"]],
        straight=["A/1", "B/1"],
        make=said,
    ),
    "a_join_and_a_choice_of_the_database": Scene(
        nodes=[*AB, flow("J", "JOIN"), flow("I", "IF", {"condition": "of == 'B/1'"}), step("C"), step("D"), step("E")],
        edges=[*INTO_J, "J -> I", "I.true -> C", "I.false -> D", "C -> E", "D -> E"],
        exchanges=[["B/1", "A/1"], ["C/1"], ["E/1"]],
        straight=["B/1", "A/1", "C/1"],
        make=said,
    ),
    "a_join_that_ends_the_execution": Scene(
        nodes=[*AB, flow("J", "JOIN")], edges=INTO_J, exchanges=[["A/1"], ["B/1"]], straight=["A/1", "B/1"], make=said
    ),
    "a_join_whose_other_branch_was_not_taken": Scene(
        nodes=[flow("I", "IF", {"condition": "x == 1"}), *AB, step("J")],
        edges=["S -> I", "I.true -> A", "I.false -> B", "A -> J", "B -> J"],
        exchanges=[["A/1"], ["J/1"]],
        straight=["A/1"],
    ),
    "a_visit_beside_it_that_cannot_reach_the_join": Scene(
        nodes=[flow("I", "IF", {"condition": "x == 1"}), *AB, step("C"), step("J")],
        edges=["S -> I", "S -> C", "I.true -> A", "I.false -> B", "A -> J", "B -> J"],
        exchanges=[["A/1"], ["J/1"], ["C/1"]],
        straight=["A/1"],
    ),
    "a_join_into_another_join": Scene(
        nodes=[*AB, step("C"), flow("J", "JOIN"), step("K")],
        edges=[*INTO_J, "J -> K", "S -> C", "C -> K"],
        exchanges=[["C/1"], ["A/1"], ["B/1"], ["K/1"]],
        straight=["C/1", "A/1", "B/1"],
        make=said,
    ),
    "no_capacity": Scene(nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["A/1", "B/1"]], straight=["A/1", "B/1"], limit=0),
    "an_executor_that_the_worker_does_not_have": Scene(
        nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["A/1", "B/1"]], straight=["A/1", "B/1"], before=have_another_worker
    ),
    "an_output_that_is_a_list": Scene(
        nodes=[*AB, step("J")],
        edges=INTO_J,
        exchanges=[["A/1", "B/1"], ["J/1"]],
        straight=["A/1", "B/1"],
        make=lambda held: {**completed(held), "output": [1]},
    ),
    "one_of_several_results_is_reported_twice": Scene(nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["A/1", "A/1", "B/1"]], straight=[]),
    "a_result_that_was_written": Scene(nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["A/1"], ["A/1"], ["B/1"]], straight=["A/1", "B/1"]),
    "a_suspended_execution": Scene(nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["A/1"], ["B/1"]], straight=[], before=suspend),
    "a_failure": Scene(nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["A/1"]], straight=[], make=failed),
    "a_change_of_the_context": Scene(
        nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["A/1"], ["B/1"]], straight=[], make=lambda held: completed(held, context={"k": 1})
    ),
    "another_port": Scene(
        nodes=[*AB, step("J")], edges=INTO_J, exchanges=[["A/1"], ["B/1"]], straight=[], make=lambda held: completed(held, port="a")
    ),
    "results_for_two_joins": Scene(
        nodes=[*AB, step("C"), step("J"), step("K")],
        edges=[*INTO_J, "S -> C", "C -> K", "J -> K"],
        exchanges=[["A/1", "C/1"], ["B/1"]],
        straight=["B/1"],
    ),
    "a_plain_result_beside_it": Scene(
        nodes=[*AB, step("C"), step("D"), step("J")],
        edges=[*INTO_J, "S -> C", "C -> D"],
        exchanges=[["A/1", "C/1"], ["B/1"]],
        straight=["B/1"],
    ),
    "a_node_that_also_goes_elsewhere": Scene(
        nodes=[*AB, step("C"), step("J")], edges=[*INTO_J, "A -> C"], exchanges=[["A/1"], ["B/1"]], straight=["B/1"]
    ),
    "a_first_join": Scene(nodes=[*AB, step("J", join="first")], edges=INTO_J, exchanges=[["A/1"], ["B/1"]], straight=[]),
    "a_join_for_each": Scene(nodes=[*AB, step("J", join="each")], edges=INTO_J, exchanges=[["A/1"], ["B/1"]], straight=[]),
    "a_join_that_is_a_choice": Scene(
        nodes=[*AB, flow("J", "IF", {"condition": "x == 1"}), step("C")], edges=[*INTO_J, "J.true -> C"], exchanges=[["A/1"], ["B/1"]], straight=[]
    ),
    "a_join_that_is_an_end": Scene(nodes=[*AB, flow("J", "END")], edges=INTO_J, exchanges=[["A/1"], ["B/1"]], straight=[]),
    "an_ordered_join": Scene(nodes=[*AB, step("J", ordered=True)], edges=INTO_J, exchanges=[["A/1"], ["B/1"]], straight=[]),
    "a_lock": Scene(nodes=[*AB, step("J", lock="n")], edges=INTO_J, exchanges=[["A/1"], ["B/1"]], straight=[]),
}


@pytest.mark.parametrize("name", SCENES)
async def test_results_go_straight_to_a_join_or_take_the_general_path(planes: tuple[Plane, Plane], name: str) -> None:
    scene = SCENES[name]
    short, general = planes
    assert json.dumps(await scene.play(short)) == json.dumps(await scene.play(general))
    ours, theirs = await rows_of(short), await rows_of(general)
    assert [difference for one in ours for difference in differences(ours[one], theirs[one])] == []
    rows = await short.rows(
        """select n.node_id || '/' || a.visit as name from joined j
           join interlock.assignments a on a.execution_id = j.execution_id and a.id = j.assignment_id
           join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
           order by j.place"""
    )
    assert [row["name"] for row in rows] == list(scene.straight)


async def test_results_of_many_executions_go_straight_to_their_joins_beside_others(planes: tuple[Plane, Plane]) -> None:
    """Some are malformed, some fail, some are plain: every result gets its own answer."""

    def make(held: Held) -> Row:
        number = held.row["input"]["n"]
        return (
            failed(held, retryable=False)
            if number % 5 == 4
            else {**completed(held, {"of": held.name}), **({"attempt": 9} if number % 5 == 3 else {})}
        )

    found: list[list[Any]] = []
    for plane in planes:
        await plane.deploy([*AB, step("C"), step("J")], [*INTO_J, "S -> C"])
        for number in range(15):
            await plane.start(n=number)
        worker = await plane.worker()
        _, held = await worker.exchange(limit=100)
        results = [
            make(one) for one in sorted(held, key=lambda one: (one.row["input"]["n"], one.name)) if one.name != "C/1" or one.row["input"]["n"] % 2
        ]
        answers, handed = await worker.exchange(*results, limit=100)
        found.append([answers, [(one.name, one.input) for one in handed]])
    assert found[0] == found[1]
    assert set(found[0][0]) == {"ok", "IL002"}
    ours, theirs = await rows_of(planes[0]), await rows_of(planes[1])
    assert [difference for one in ours for difference in differences(ours[one], theirs[one])] == []
    assert await planes[0].value("select count(*) from joined") > 8


async def test_a_join_that_another_worker_holds_is_answered_busy(planes: tuple[Plane, Plane]) -> None:
    found: list[list[Any]] = []
    for plane in planes:
        await plane.deploy([*AB, step("J")], INTO_J)
        first, second = await plane.start(n=1), await plane.start(n=2)
        worker = await plane.worker()
        _, held = await worker.exchange(limit=10)
        async with plane.pool.connection() as holder, holder.transaction():
            await holder.execute("select from interlock.executions where id = %s for update", [first])
            found.append(await reported(worker, *(completed(one) for one in held)))
        found[-1] += [await plane.visits(second), await plane.visits(first)]
    assert found[0] == found[1]
    assert sorted(found[0][0]) == ["busy", "busy", "ok", "ok"]
