"""Worker processes that die where their order says. One process stays alive and forks a worker for every order that it reads.

`python -m tests.patterns.dying_worker` reads one order per line from its standard input. The worker continues executions that were started before,
in the normal form. It prints one line before and one after each action, and one about itself at its end. After it, however it ended, the process
prints the line `{"exit_code": CODE}`.
"""

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, cast
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import AssignmentResult
from tests.model.database import Claimed, Database, Worker
from tests.patterns.ahead import ahead_of
from tests.patterns.cases.catalogue import SCENARIOS
from tests.patterns.database_engine import DatabaseEngine
from tests.patterns.normal_form import Visit, check_given, may_answer
from tests.patterns.pattern import Answer, Scenario
from tests.patterns.racing_connection import OneConnection

How = Literal["unsent", "unheard", "untold"]
HOWS: Final[tuple[How, ...]] = ("unsent", "unheard", "untold")
"""It dies before it sends; after it has sent, without reading the reply; or after it has read the reply, before it tells anybody."""
EXIT_CODE: Final = 137
_CALLS: Final = ("select interlock.exchange(", "select interlock.tick(", "select interlock.cancel(", "select interlock.cancel_assignment(")
_CLOCK: Final = "insert into interlock.test_clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One worker's life."""

    url: str
    worker_id: str
    scenario: int
    """its number in the catalogue"""
    executions: Sequence[str]
    actions_done: int = 0
    dies_at: int | None = None
    """at which of its calls it dies; None: it lives to the end"""
    tellings_only: bool = False
    """Only calls that report something, or act, are counted."""
    how: How = "untold"
    lanes: bool = False
    """It has two exchanges in flight: results of every second execution leave in the second lane."""
    run_ahead: bool = False
    """It reports what ran ahead of a result with it."""


class Calls:
    """Counts the calls that may change the database, and dies at one of them."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self.count = 0
        self.moving: list[int] = []
        """which of them changed something"""

    def counts(self, statement: str, parameters: Sequence[Any]) -> bool:
        if statement.startswith(_CALLS[0]):
            return not self._order.tellings_only or parameters[2] != "[]"
        is_tick = statement.startswith(_CALLS[1])
        return statement.startswith((*_CALLS, _CLOCK)) and not (is_tick and self._order.tellings_only)

    def comes_now(self, how: How) -> bool:
        return self.count == self._order.dies_at and how == self._order.how


class DyingConnection(psycopg.AsyncConnection[Any]):
    """A connection that may end its process at a statement."""

    calls: Calls

    async def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        statement = query if isinstance(query, str) else ""
        if not self.calls.counts(statement, params or ()):
            return await super().execute(query, params, **more)
        self.calls.count += 1
        if self.calls.comes_now("unsent"):
            os._exit(EXIT_CODE)
        if self.calls.comes_now("unheard"):
            self._send_and_die(statement, params)
        before = await self._last_change()
        cursor = await super().execute(query, params, **more)
        if self.calls.comes_now("untold"):
            os._exit(EXIT_CODE)
        if await self._last_change() != before or statement.startswith(_CLOCK):
            self.calls.moving.append(self.calls.count)
        return cursor

    async def _last_change(self) -> int:
        row = await (await super().execute("select last_value from interlock.change_numbers")).fetchone()
        assert row is not None
        return int(row[0])

    def _send_and_die(self, statement: Any, parameters: Any) -> None:
        self.pgconn.send_query(psycopg.AsyncClientCursor(self).mogrify(statement, parameters).encode())
        while self.pgconn.flush():
            pass
        os._exit(EXIT_CODE)


class ResumedDatabase(Database):
    """A new worker, which reads what others have saved."""

    def __init__(self, pool: AsyncConnectionPool[Any], worker_id: str, *, lanes: bool) -> None:
        super().__init__(pool)
        first = Worker(UUID(worker_id))
        self._lanes = [first, first]
        if lanes:
            first.step = 2
            self._lanes[1] = Worker(first.worker_id, request=-1, step=2)
        self.workers[0] = first

    async def register(self) -> None:
        await super().register()
        rows = await self._rows("select version_id, node_no, node_id from interlock.nodes")
        self._names = {(version, number): name for version, number, name in rows}

    async def exchange(self, results: Sequence[AssignmentResult], *, capacity: int | None = None, by: int = 0) -> tuple[list[str], list[Claimed]]:
        """Reports one result, in the lane of its execution, or claims in the first one."""
        self.workers[0] = self._lanes[int(results[0]["execution_id"][-1], 16) % 2 if results else 0]
        return await super().exchange(results, capacity=capacity, by=by)


class ResumedEngine(DatabaseEngine):
    """Continues executions that were started before."""

    def __init__(self, database: Database, order: Order) -> None:
        super().__init__(database)
        self.executions = list(order.executions)
        self._scenario = SCENARIOS[order.scenario][1]
        self._runs_ahead = order.run_ahead

    def result_of(self, visit: Visit, answer: Answer) -> AssignmentResult:
        result = super().result_of(visit, answer)
        if self._runs_ahead and (ahead := ahead_of(self._scenario, visit.node, self._database.number_of)):
            cast("dict[str, Any]", result)["ahead"] = ahead
        return result


async def live(order: Order, say: Callable[[dict[str, Any]], None]) -> None:
    """Play the scenario from its present state, to its end or the end of the worker."""
    calls = Calls(order)

    async with await DyingConnection.connect(order.url, autocommit=True, application_name=f"dying {order.worker_id}") as connection:
        connection.calls = calls
        database = ResumedDatabase(cast("AsyncConnectionPool[Any]", OneConnection(connection)), order.worker_id, lanes=order.lanes)
        await database.register()
        await _play(ResumedEngine(database, order), SCENARIOS[order.scenario][1], order.actions_done, say)
        say({"calls": calls.count, "moving": calls.moving})


async def _play(engine: DatabaseEngine, scenario: Scenario, actions_done: int, say: Callable[[dict[str, Any]], None]) -> None:
    held: dict[Visit, Any] = {}
    seen: set[Visit] = set()
    positions = [node["id"] for node in scenario.definition["nodes"]]
    while True:
        claimed = await engine.claim()
        assert not seen & claimed.keys(), "a visit was handed out twice"
        seen |= claimed.keys()
        held |= claimed
        check_given(scenario, claimed)
        ended = await engine.ended()
        held = {visit: given for visit, given in held.items() if visit not in ended}
        assert sum(visit.node in scenario.alone for visit in held) <= 1, f"together: {list(held)}"
        if ready := [visit for visit in held if may_answer(scenario, visit, ended)]:
            first = min(ready, key=lambda visit: (visit.execution, positions.index(visit.node), visit.visit))
            del held[first]
            await engine.answer(first, scenario.answers.get(first.name, Answer()))
        elif actions_done < len(scenario.actions):
            say({"is_acting": True})
            for execution in range(len(scenario.inputs)):
                await engine.act(execution, scenario.actions[actions_done])
            actions_done += 1
            say({"is_acting": False, "actions_done": actions_done})
        else:
            return


def _say(line: dict[str, Any]) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")


def _fork(order: Order) -> int:
    """Run a worker in a process of its own. Returns its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        asyncio.run(live(order, _say))
    except BaseException:  # noqa: BLE001 - a fork must never return
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def order_line(order: Order) -> str:
    return json.dumps(asdict(order)) + "\n"


def main() -> None:
    for line in sys.stdin:
        _say({"exit_code": _fork(Order(**json.loads(line)))})


if __name__ == "__main__":
    main()
