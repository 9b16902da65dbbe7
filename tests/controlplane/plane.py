"""The control plane in a test: workflows of steps, and workers and a clock that the test moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID, uuid4

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import Assignment, AssignmentResult, ControlPlane, Reason
from tests.model.graphs import workflow
from tests.model.versions import compiled

Row = dict[str, Any]
QUEUES = ("test", "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An assignment that a worker was handed; `name` is node/visit."""

    name: str
    row: Assignment

    @property
    def execution_id(self) -> UUID:
        return UUID(self.row["execution_id"])

    @property
    def assignment_id(self) -> UUID:
        return UUID(self.row["assignment_id"])

    @property
    def input(self) -> Row:
        return self.row["input"]


def result(held: Held, outcome: str, **more: Any) -> Row:
    return {
        "execution_id": held.row["execution_id"],
        "assignment_id": held.row["assignment_id"],
        "attempt": held.row["attempt"],
        "outcome": outcome,
        **more,
    }


def completed(held: Held, output: Mapping[str, Any] | None = None, *, port: str | list[str] = "main", **more: Any) -> Row:
    return result(held, "completed", output=dict(output or {}), port=port, **more)


def failed(held: Held, code: str = "broken", *, retryable: bool = True, **more: Any) -> Row:
    return result(held, "failed", error={"code": code, "message": f"it was {code}", "retryable": retryable, **more})


class TestWorker:
    """A worker that claims and reports only when the test calls it."""

    __test__ = False

    def __init__(self, plane: "Plane", control: ControlPlane, queues: Sequence[str]) -> None:
        self.id = uuid4()
        self.queues = list(queues)
        self.request = 0
        self._plane = plane
        self._control = control

    async def exchange(self, *results: Row | AssignmentResult, limit: int = 0, request: int | None = None) -> tuple[list[str], list[Held]]:
        """Returns one answer for each result, and the claimed assignments, in order."""
        self.request = request if request is not None else self.request + 1
        answer = await self._control.exchange(self.id, self.request, results, queues=self.queues, limits=[limit] * len(self.queues))
        return answer.answers, [await self._plane.held(row) for row in answer.assignments]

    async def claim(self, limit: int = 100) -> dict[str, Held]:
        """Claims the due assignments and returns them by name; only for one execution at a time."""
        _, claimed = await self.exchange(limit=limit)
        return {held.name: held for held in claimed}

    async def report(self, *results: Row) -> None:
        """Reports results, all of which must be accepted, and claims nothing."""
        answers, _ = await self.exchange(*results)
        assert answers == ["ok"] * len(results)

    async def work(self, limit: int = 100) -> list[str]:
        """Completes assignments until none is left; returns their names in the order of claiming."""
        done: list[str] = []
        while True:
            claimed = await self.claim(limit)
            if not claimed:
                return done
            done += claimed
            await self.report(*(completed(held) for held in claimed.values()))

    async def beat(self) -> list[UUID]:
        """Sends a heartbeat; returns the assignments that were taken from the worker."""
        heart = await self._control.heartbeat(self.id)
        assert not heart.lost
        return [gone.assignment_id for gone in heart.revoked]


class Plane:
    """The actions and views of a test."""

    def __init__(self, pool: AsyncConnectionPool[Any], workspace_id: int | None = None) -> None:
        self.control = ControlPlane(pool, workspace_id)
        self.pool = pool
        self._names: dict[tuple[int, int], str] = {}

    async def deploy(self, nodes: Sequence[Row], edges: Sequence[str], name: str = "flow", **more: Any) -> int:
        """Saves a workflow of `tests.model.graphs` nodes after the trigger S; returns the id of its version."""
        definition = {**workflow(nodes, edges, name), **more}
        form, checksum = compiled(definition)
        saved = await self.control.save_workflow(name, definition, form, checksum, definition.get("tags", ()))
        return saved.version_id

    async def start(self, workflow: str = "flow", /, **given: Any) -> UUID:
        """Starts one execution with this input."""
        [started] = await self.control.start_executions(workflow, [{"input": given}])
        assert started.execution_id, started.error
        return started.execution_id

    async def worker(self, *queues: str, lease: int = 86_400, control: ControlPlane | None = None) -> TestWorker:
        worker = TestWorker(self, control or self.control, queues or QUEUES)
        await (control or self.control).register_worker(worker.id, f"worker {worker.id.hex[:4]}", worker.queues, lease)
        return worker

    async def held(self, row: Assignment) -> Held:
        key = row["version_id"], row["node_no"]
        if key not in self._names:
            self._names[key] = await self.value("select node_id from interlock.nodes where version_id = %s and node_no = %s", *key)
        return Held(name=f"{self._names[key]}/{row['visit']}", row=row)

    async def rows(self, statement: LiteralString, *parameters: Any) -> list[Row]:
        async with self.pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            await cursor.execute(statement, parameters or None)
            found: list[Row] = await cursor.fetchall()
            return found

    async def value(self, statement: LiteralString, *parameters: Any) -> Any:
        [row] = await self.rows(statement, *parameters)
        return next(iter(row.values()))

    async def execute(self, statement: LiteralString, *parameters: Any) -> None:
        async with self.pool.connection() as connection:
            await connection.execute(statement, parameters or None)

    async def execution(self, execution_id: UUID) -> Row:
        [row] = await self.rows("select * from interlock.execution_details where id = %s", execution_id)
        return row

    async def status(self, execution_id: UUID) -> str:
        status: str = await self.value("select status from interlock.executions where id = %s", execution_id)
        return status

    async def visit(self, execution_id: UUID, name: str) -> Row:
        """Returns the assignment of node/visit with all its columns."""
        node, number = name.split("/")
        statement: LiteralString = "select * from interlock.assignment_details where execution_id = %s and node_id = %s and visit = %s"
        [row] = await self.rows(statement, execution_id, node, int(number))
        return row

    async def visits(self, execution_id: UUID) -> dict[str, str]:
        """Returns the status of every visit except the trigger's."""
        found = await self.rows(
            """select n.node_id || '/' || a.visit as name, a.status
               from interlock.assignments a join interlock.nodes n using (version_id, node_no)
               where a.execution_id = %s and n.kind <> 'start' order by a.created_at, a.node_no, a.visit""",
            execution_id,
        )
        return {row["name"]: row["status"] for row in found}

    async def attempts(self, execution_id: UUID) -> list[Row]:
        return await self.rows(
            "select * from interlock.assignment_attempts where execution_id = %s order by ended_at, attempt, loss_count", execution_id
        )

    async def reason(self, execution_id: UUID, node: str | None = None) -> Reason:
        """Returns the one reason that `explain` gives for a node, or for the execution."""
        [found] = [reason for reason in await self.control.explain(execution_id) if reason.node_id == node]
        return found

    async def admit_waits(self) -> None:
        """Lets results wait for people, signals and callbacks, which nothing can end yet."""
        await self.execute("update interlock.wait_kinds set by_result = true where wait_for in ('person', 'signal', 'callback')")

    async def pass_time(self, seconds: float, *, tick: bool = True) -> None:
        """Moves the clock of the database forward, and ticks unless told not to."""
        await self.execute(
            """insert into interlock.test_clock as c (shift) values (make_interval(secs => %s))
               on conflict (only_row) do update set shift = c.shift + excluded.shift""",
            seconds,
        )
        if tick:
            await self.control.tick()
