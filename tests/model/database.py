"""The control plane as a worker, an operator and an observer see it: JSON in, JSON out, and what is in the tables."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID, uuid4

from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import Assignment, AssignmentResult, ControlPlane
from interlock.errors import ExecutionEnded
from tests.model.graphs import Definition
from tests.model.rows import Rows, read_rows
from tests.model.state import Json, Key
from tests.model.versions import compiled

QUEUES = ("test", "default")
CAPACITY = 500
SPECIAL = "TEST_NODE/SPECIAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a worker was handed."""

    execution_id: str
    assignment_id: str
    attempt: int
    key: Key
    input: Json
    worker: int
    """The place of the worker among the workers of the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is in the tables about one execution."""

    status: str
    error: str | None
    assignments: Mapping[Key, tuple[str, str | None]]
    """status, and the error's code"""
    waits: Mapping[Key, str]
    """what those that are waiting wait for: time, person or order"""
    tokens: frozenset[tuple[Key, int, Key, bool]]
    """visit of the join, slot, sender, late"""
    context: Json


@dataclass(slots=True)
class Worker:
    worker_id: UUID
    request: int = 0
    step: int = 1
    """How much the numbers of requests grow; by 2 in one of two lanes."""


class Database:
    """Workers and an operator in a database of their own. The first worker has no special executor; one that is added has."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._control_plane = ControlPlane(pool)
        self.workers = [Worker(uuid4())]
        self.capacity = CAPACITY
        """How many assignments a worker that reports takes from each queue."""
        self.result_count = 0
        """How many results have been sent."""
        self._is_registered = False
        self._saved = 0
        self.clock = 0
        """How many seconds were passed by hand."""
        self._names: dict[tuple[int, int], str] = {}
        self._handed: set[tuple[str, str, int]] = set()

    async def register(self) -> None:
        await self._control_plane.register_worker(self.workers[0].worker_id, "model", QUEUES, 86_400)
        async with self._pool.connection() as connection:  # nothing can end a wait for a person yet, so results may not ask for one
            await connection.execute("update interlock.wait_kinds set by_result = true where wait_for = 'person'")
        self._is_registered = True

    def join_worker(self, other: "Database") -> None:
        """The two are one worker from here on, each in a lane of its own."""
        self._is_registered = True
        self.workers[0] = Worker(other.workers[0].worker_id, request=-1, step=2)
        other.workers[0].step = 2

    def join_special_worker(self, other: "Database") -> None:
        """The same for the special worker that was added last."""
        self.workers.append(Worker(other.workers[-1].worker_id, request=-1, step=2))
        other.workers[-1].step = 2

    async def add_special_worker(self) -> None:
        self.workers.append(Worker(uuid4()))
        await self._control_plane.register_worker(self.workers[-1].worker_id, "special", QUEUES, 86_400, {"node_types": [SPECIAL]})

    async def save(self, definition: Definition) -> str:
        """Under a name of its own, which is returned."""
        self._saved += 1
        name = f"{definition['name']} {self._saved}"
        definition = {**definition, "name": name}
        rows, checksum = compiled(definition)
        saved = await self._control_plane.save_workflow(name, definition, rows, checksum)
        for node in rows["nodes"]:
            self._names[saved.version_id, node["node_no"]] = node["node_id"]
        return name

    def share_names(self, other: "Database") -> None:
        """What the other has saved, this one can claim as well."""
        self._names = other._names

    def number_of(self, node_id: str) -> int:
        """The number of a node in the version that was saved last."""
        latest = max(version for version, _ in self._names)
        return next(number for (version, number), name in self._names.items() if version == latest and name == node_id)

    async def start(self, workflow: str, inputs: Sequence[Json]) -> list[str]:
        """The ids of the new executions."""
        answers = await self._control_plane.start_executions(workflow, [{"input": dict(given)} for given in inputs])
        return [str(answer.execution_id) for answer in answers]

    async def exchange(self, results: Sequence[AssignmentResult], *, capacity: int | None = None, by: int = 0) -> tuple[list[str], list[Claimed]]:
        """Report, and claim up to `capacity` assignments from each queue. Returns an answer for each result, and what was claimed."""
        worker = self.workers[by]
        worker.request += worker.step
        self.result_count += len(results)
        limits = [self.capacity if capacity is None else capacity] * len(QUEUES)
        exchange = await self._control_plane.exchange(worker.worker_id, worker.request, results, queues=QUEUES, limits=limits)
        claimed = [self._read(row, by) for row in exchange.assignments]
        for one in claimed:
            again = (one.execution_id, one.assignment_id, one.attempt)
            assert again not in self._handed, f"handed out twice: {one}"
            self._handed.add(again)
        return exchange.answers or ["ok"] * len(results), claimed

    async def claim(self) -> list[Claimed]:
        """Everything that can be claimed, by one worker after another."""
        found: list[Claimed] = []
        for by in range(len(self.workers)):
            while claimed := (await self.exchange([], capacity=CAPACITY, by=by))[1]:
                found += claimed
        return found

    async def suspend(self, execution_id: str) -> None:
        await self._control_plane.suspend(UUID(execution_id))

    async def continue_(self, execution_id: str) -> None:
        """Nothing where it has ended meanwhile."""
        with suppress(ExecutionEnded):
            await self._control_plane.continue_(UUID(execution_id))

    async def cancel(self, execution_id: str) -> None:
        await self._control_plane.cancel(UUID(execution_id), "no longer wanted")

    async def cancel_assignment(self, execution_id: str, key: Key) -> None:
        rows = await self._rows(
            """select a.id from interlock.assignments a join interlock.nodes n using (version_id, node_no)
               where a.execution_id = %s and n.node_id = %s and a.visit = %s""",
            execution_id,
            key.node,
            key.visit,
        )
        await self._control_plane.cancel_assignment(UUID(execution_id), rows[0][0], "no longer wanted")

    async def retry(self, execution_id: str, from_node: str | None = None) -> str:
        """The id of the new execution."""
        return str(await self._control_plane.retry(UUID(execution_id), from_node))

    async def tick(self) -> int:
        """How much moved of what transactions had left over, and of what was due."""
        moved = (await self._control_plane.tick()).moved
        return sum(moved[kind] for kind in ("virtual", "unsettled", "timers"))

    async def pass_time(self, seconds: int) -> None:
        """Move the clock forward; the worker stays alive. What is due by then happens."""
        await self._move_clock(seconds)
        await self.tick()

    async def _move_clock(self, seconds: int) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(
                """insert into interlock.test_clock as c (shift) values (make_interval(secs => %s))
                   on conflict (only_row) do update set shift = c.shift + excluded.shift""",
                (seconds,),
            )
        self.clock += seconds
        if self._is_registered:
            for worker in self.workers:
                await self._control_plane.heartbeat(worker.worker_id)

    async def seen(self, executions: Sequence[str]) -> dict[str, Seen]:
        ids = [UUID(one) for one in executions]
        statuses = await self._rows("select id::text, status, error ->> 'code', context from interlock.executions where id = any (%s)", ids)
        assignments = await self._rows(
            """select a.execution_id::text, n.node_id, a.visit, a.status, a.error ->> 'code', a.wait_for
               from interlock.assignments a join interlock.nodes n using (version_id, node_no) where a.execution_id = any (%s)""",
            ids,
        )
        tokens = await self._rows(
            """select t.execution_id::text, j.node_id, t.visit, t.slot, n.node_id, a.visit, t.late
               from interlock.tokens t
               join interlock.assignments a on a.execution_id = t.execution_id and a.id = t.from_assignment_id
               join interlock.nodes n using (version_id, node_no)
               join interlock.nodes j on j.version_id = a.version_id and j.node_no = t.join_node
               where t.execution_id = any (%s)""",
            ids,
        )
        found: dict[str, dict[Key, tuple[str, str | None]]] = {one: {} for one in executions}
        waits: dict[str, dict[Key, str]] = {one: {} for one in executions}
        for execution, node, visit, status, error, wait_for in assignments:
            assert Key(node, visit) not in found[execution], f"two visits {node}/{visit}"
            found[execution][Key(node, visit)] = status, error
            if wait_for is not None:
                waits[execution][Key(node, visit)] = wait_for
        placed: dict[str, set[tuple[Key, int, Key, bool]]] = {one: set() for one in executions}
        for execution, join, visit, slot, node, sender, late in tokens:
            placed[execution].add((Key(join, visit), slot, Key(node, sender), late))
        return {
            execution: Seen(
                status=status,
                error=error,
                assignments=found[execution],
                waits=waits[execution],
                tokens=frozenset(placed[execution]),
                context=context,
            )
            for execution, status, error, context in statuses
        }

    async def outputs(self, executions: Sequence[str]) -> dict[str, Json | None]:
        rows = await self._rows("select id::text, output from interlock.execution_details where id = any (%s)", [UUID(one) for one in executions])
        return dict(rows)

    async def visits_in_order(self, executions: Sequence[str]) -> list[tuple[str, str, int]]:
        """The execution, node and number of all visits, in the order in which they changed last."""
        rows = await self._rows(
            """select a.execution_id::text, n.node_id, a.visit from interlock.assignments a join interlock.nodes n using (version_id, node_no)
               where a.execution_id = any (%s) order by a.change_number""",
            [UUID(one) for one in executions],
        )
        return [(execution, node, visit) for execution, node, visit in rows]

    async def completed_in_order(self, execution_id: str) -> list[Key]:
        rows = await self._rows(
            """select n.node_id, a.visit from interlock.assignments a join interlock.nodes n using (version_id, node_no)
               where a.execution_id = %s and a.status = 'completed' order by a.change_number""",
            execution_id,
        )
        return [Key(*row) for row in rows]

    async def violations(self, executions: Sequence[str], *, are_retries: bool = False) -> list[tuple[Any, ...]]:
        """Whatever must never be so in these executions; empty when all is well. A retry leaves visits out, so numbers may be missing."""
        ids = [UUID(one) for one in executions]
        found: list[tuple[Any, ...]] = []
        for name, query in _NEVER.items():
            if are_retries and name in _NUMBERING:
                continue
            found += [(name, *row) for row in await self._rows(query, ids)]
        return found

    def _read(self, row: Assignment, by: int) -> Claimed:
        return Claimed(
            execution_id=row["execution_id"],
            assignment_id=row["assignment_id"],
            attempt=row["attempt"],
            key=Key(self._names[row["version_id"], row["node_no"]], row["visit"]),
            input=row["input"],
            worker=by,
        )

    async def read_rows(self, executions: Sequence[str], names: Mapping[str, str], *, is_exact: bool, in_time: bool) -> dict[str, Rows]:
        """All rows of executions, by the names of the executions; see `read_rows`."""
        async with self._pool.connection() as connection:
            return await read_rows(connection, executions, names, is_exact=is_exact, in_time=in_time)

    async def differences_of_twins(self, executions: Sequence[str]) -> Mapping[str, list[str]]:
        """What differs in each execution from a database in which the same happens, in words; nothing where there is none. See `Twins`."""
        return {}

    async def execute(self, statement: LiteralString) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(statement)

    async def row(self, query: LiteralString) -> tuple[Any, ...]:
        (found,) = await self._rows(query)
        return found

    async def _rows(self, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query, parameters or None)
            rows: list[tuple[Any, ...]] = await cursor.fetchall()
            return rows


_NUMBERING = ("visits that are not numbered from one", "a join overtaken by a later visit of it")
_NEVER: Mapping[str, LiteralString] = {
    "open in an execution that is over": """
        select a.execution_id, a.node_no, a.visit, a.status from interlock.assignments a join interlock.executions e on e.id = a.execution_id
        where e.id = any (%s) and e.ended_at is not null and a.ended_at is null""",
    "nothing can happen any more": """
        select e.id, e.status from interlock.executions e
        where e.id = any (%s) and e.ended_at is null and not exists (
            select from interlock.assignments a where a.execution_id = e.id and a.status in ('pending', 'running', 'waiting'))""",
    "a join that nobody can come to": """
        select h.execution_id, h.node_no, h.visit
        from (select distinct on (a.execution_id, a.node_no) a.* from interlock.assignments a
              where a.execution_id = any (%s) and a.status = 'holding' order by a.execution_id, a.node_no, a.visit) h
        join interlock.nodes n using (version_id, node_no)
        cross join lateral (select count(*) as tokens from interlock.tokens t
                            where t.execution_id = h.execution_id and t.join_node = h.node_no and t.visit = h.visit) c
        where case when c.tokens >= coalesce(n.join_count, n.slot_count)
            then not (n.late = 'hold' and interlock.is_held_back(h.execution_id, h.version_id, h.node_no, h.visit))
            else (select w.witness_id from interlock.find_witnesses(h.execution_id, h.version_id, h.node_no, h.visit) w) is null end""",
    "a join overtaken by a later visit of it": """
        select a.execution_id, a.node_no, a.visit from interlock.assignments a
        where a.execution_id = any (%s) and a.status = 'holding' and exists (
            select from interlock.assignments b
            where b.execution_id = a.execution_id and b.node_no = a.node_no and b.visit > a.visit and b.status not in ('holding', 'cancelled'))""",
    "visits that are not numbered from one": """
        select a.execution_id, a.node_no, count(*), max(a.visit) from interlock.assignments a
        where a.execution_id = any (%s)
        group by a.execution_id, a.node_no having count(*) <> max(a.visit) or min(a.visit) <> 1 or count(distinct a.visit) <> count(*)""",
    "one token delivered twice": """
        select t.execution_id, t.from_assignment_id, t.join_node, t.slot from interlock.tokens t
        where t.execution_id = any (%s)
        group by 1, 2, 3, 4 having count(*) > 1""",
}
"""Each with one parameter, the executions to look at; any row is a violation."""
