"""The typed interface of the SQL functions. Each method calls one function, in one transaction."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from interlock.controlplane.calling import SqlFunctions, json_array, json_array_of_good, json_text
from interlock.controlplane.types import (
    Assignment,
    AssignmentResult,
    Exchange,
    Heartbeat,
    JsonObject,
    NewExecution,
    Reason,
    SavedWorkflow,
    SlimExchange,
    StartedExecution,
    Tick,
    Version,
)
from interlock.errors import BadRequest
from interlock.json_text import WrittenJson

if TYPE_CHECKING:
    from interlock.definition import TestPlan

BYTES_PER_EXCHANGE: Final = 8 * 1024 * 1024


class LimitedUser(NamedTuple):
    """Who starts executions, and how many assignments may be open in what they started."""

    user_id: UUID
    most_open: int


class ControlPlane(SqlFunctions):
    """Works over any pool of psycopg connections; each call takes one for its duration.

    Every method raises the errors that the function's head lists, as classes of `interlock.errors`, and `DatabaseUnavailable` if no
    answer came: a repeat is safe, and the function's head says what it does.
    """

    def __init__(self, pool: AsyncConnectionPool[Any], workspace_id: int | None = None, *, starter: LimitedUser | None = None) -> None:
        super().__init__(pool, workspace_id)
        self._starter = starter

    async def _start(self, function: LiteralString, *parameters: Any) -> Any:
        """Calls a function that starts executions, and counts them where a user is limited. SQL: executions/count_started.sql"""
        if self._starter is None:
            return await self._call("select " + function, *parameters)
        counted: LiteralString = "select interlock.count_started(%s, %s, " + function + "::jsonb)"
        return await self._call(counted, self._starter.user_id, self._starter.most_open, *parameters)

    async def open_count_of_user(self, user_id: UUID, most: int) -> int:
        """Returns how many assignments a limited user has open, at most `most`. SQL: executions/open_count_of_user.sql"""
        count: int = await self._call("select interlock.open_count_of_user(%s, %s)", user_id, most)
        return count

    async def save_workflow(
        self,
        name: str,
        definition: JsonObject | WrittenJson,
        compiled: JsonObject | WrittenJson,
        checksum: str,
        tags: Sequence[str] = (),
        *,
        by: str | None = None,
        only_new: bool = False,
        note: str | None = None,
        source: str | None = None,
        is_written: bool = False,
    ) -> SavedWorkflow:
        """Saves a definition with its compiled form. The same content is the same version. SQL: definitions/save_workflow.sql

        Args:
            only_new: refuse to change a workflow with this name that has another content.
            note: what the person says about the version, 0 to 500 characters; None or empty: the note that this content had stays.
            source: the definition as text.
            is_written: whether a person wrote the text, so that it takes the place of the one that the version has.
        """
        statement: LiteralString = "select interlock.save_workflow(%s, %s::jsonb, %s::jsonb, %s, %s, %s, %s, %s, %s, %s)"
        values = (name, json_text(definition), json_text(compiled), checksum, list(tags), by, only_new, note, source, is_written)
        return SavedWorkflow.of(await self._call(statement, *values))

    async def update_workflow(
        self,
        workflow_id: UUID,
        name: str,
        definition: JsonObject | WrittenJson,
        compiled: JsonObject | WrittenJson,
        checksum: str,
        tags: Sequence[str] = (),
        *,
        expected_version: int | None = None,
        by: str | None = None,
        note: str | None = None,
        source: str | None = None,
        is_written: bool = False,
    ) -> SavedWorkflow:
        """Saves a version of an existing workflow, and renames the workflow if the name is another one. SQL: definitions/update_workflow.sql"""
        statement: LiteralString = "select interlock.update_workflow(%s, %s, %s::jsonb, %s::jsonb, %s, %s, %s, %s, %s, %s, %s)"
        content = (name, json_text(definition), json_text(compiled), checksum, list(tags))
        return SavedWorkflow.of(await self._call(statement, workflow_id, *content, expected_version, by, note, source, is_written))

    async def delete_workflow(self, workflow_id: UUID, *, expected_version: int | None = None, by: str | None = None) -> None:
        """Deletes a workflow: it cannot be started any more, and its name is free; its executions go on. SQL: definitions/delete_workflow.sql"""
        await self._call("select interlock.delete_workflow(%s, %s, %s)", workflow_id, expected_version, by)

    async def get_version(self, version_id: int) -> Version:
        """Returns a version with its compiled nodes and connections. SQL: definitions/get_version.sql"""
        return Version.of(await self._call("select interlock.get_version(%s, true)", version_id))

    async def start_executions(
        self,
        workflow: str,
        executions: Sequence[NewExecution | Mapping[str, Any]],
        *,
        version: int | None = None,
        trigger: str | None = None,
    ) -> list[StartedExecution]:
        """Starts 0 to 10,000 executions of the current or the given version, in one transaction.

        Args:
            workflow: its name or id.

        Returns:
            One answer for each, in the same order; one that could not be started, or is not JSON within the limits, has `error` and does not
            affect the others.

        SQL: executions/start_executions.sql
        """
        # one that counts afterwards goes on in its transaction, so a worker that was offered a visit would wait for it
        offers: LiteralString = "p_offers => true" if self._starter is None else "p_offers => false"
        statement: LiteralString = "interlock.start_executions(%s, %s::jsonb, %s, %s, " + offers + ")"
        asked, refused = json_array_of_good(executions)
        answers = iter(await self._start(statement, workflow, asked, version, trigger))
        return [StartedExecution.refused(refused[n]) if n in refused else StartedExecution.of(next(answers)) for n in range(len(executions))]

    async def register_worker(
        self,
        worker_id: UUID,
        name: str,
        queues: Sequence[str],
        lease_seconds: int,
        details: JsonObject | None = None,
        *,
        registered_by: UUID | None = None,
        workspaces: Sequence[int] | None = None,
    ) -> None:
        """Registers a worker. SQL: workers/register_worker.sql

        Args:
            queues: names, which stand for the queues of these names in all workspaces that the worker serves.
            lease_seconds: how long it may be silent before it counts as lost, 1 to 86,400.
            registered_by: the user who owns the worker, the only one who may use its id; None: a process with its own connection.
            workspaces: the workspaces that it serves; None: all. Calls that are limited to a workspace register workers for that one alone.
        """
        statement: LiteralString = "select interlock.register_worker(%s, %s, %s, %s, %s::jsonb, %s, %s)"
        served = None if workspaces is None else list(workspaces)
        await self._call(statement, worker_id, name, list(queues), lease_seconds, json_text(details or {}), registered_by, served)

    async def touch_worker(self, worker_id: UUID, registered_by: UUID) -> None:
        """Records that a user's worker is alive when it calls something else; revocations stay for its heartbeat. SQL: workers/touch_worker.sql"""
        await self._call("select interlock.touch_worker(%s, %s)", worker_id, registered_by)

    async def stop_worker(self, worker_id: UUID) -> int:
        """Stops a worker in good order. Returns how many assignments returned to their queues. SQL: workers/stop_worker.sql"""
        released: int = (await self._call("select interlock.stop_worker(%s)", worker_id))["released"]
        return released

    async def exchange(
        self,
        worker_id: UUID,
        request: int,
        results: Sequence[AssignmentResult | Mapping[str, Any]],
        *,
        queues: Sequence[str],
        limits: Sequence[int],
    ) -> Exchange:
        """Reports finished assignments and claims due ones, oldest first, in one transaction.

        Args:
            worker_id: a registered id; the id of a worker that was given up is refused.
            request: number of this exchange, counted by the worker from 1; repeat it if no answer came.
            results: 0 to 1000 outcomes of assignments that this worker holds, 8 MiB together.
            queues: the names of the queues to claim from.
            limits: the maximum number to claim from each queue.

        SQL: exchange/exchange.sql
        """
        reported = json_array(results)
        if len(reported) > BYTES_PER_EXCHANGE:
            raise BadRequest(
                f"the results of one exchange are {len(reported)} characters, at most 8 MiB are allowed", hint="split them over several exchanges"
            )
        answer = await self._call("select interlock.exchange(%s, %s, %s::jsonb, %s, %s)", worker_id, request, reported, list(queues), list(limits))
        return Exchange(**answer)

    async def exchange_slim(
        self, worker_id: UUID, request: int, results: WrittenJson, *, queues: Sequence[str], limits: Sequence[int], offers: bool
    ) -> SlimExchange:
        """Does the same as `exchange` for a worker that keeps what it has reported, which is left out of the reply. SQL: exchange/exchange.sql

        Args:
            results: the JSON array of the results. `"echo": true` in one asks for the input of what follows it.
            offers: the worker listens for notifications, so that a start may begin a visit for it; counts for even request numbers.
        """
        statement: LiteralString = "select interlock.exchange(%s, %s, %s::jsonb, %s, %s, true, %s)"
        return SlimExchange.of(await self._call(statement, worker_id, request, results.text.decode(), list(queues), list(limits), offers))

    async def get_offer(self, worker_id: UUID) -> Assignment | None:
        """Returns the visit that a start began for this worker since its last exchange, None if there is none. SQL: workers/get_offer.sql"""
        offer: Assignment | None = await self._call("select interlock.get_offer(%s)", worker_id)
        return offer

    async def heartbeat(self, worker_id: UUID) -> Heartbeat:
        """Records that a worker is alive, and returns the assignments that were taken from it. SQL: workers/heartbeat.sql"""
        return Heartbeat.of(await self._call("select interlock.heartbeat(%s)", worker_id))

    async def register_listener(self, listener_id: UUID, name: str, lease_seconds: int) -> bool:
        """Registers a process that listens for ended executions, for 1 to 3,600 seconds. SQL: listeners/register_listener.sql

        Returns:
            Whether it was not registered until now, so that it may have missed ends.
        """
        is_new: bool = await self._call("select interlock.register_listener(%s, %s, %s)", listener_id, name, lease_seconds)
        return is_new

    async def remove_listener(self, listener_id: UUID) -> None:
        """Forgets a listener. SQL: listeners/remove_listener.sql"""
        await self._call("select interlock.remove_listener(%s)", listener_id)

    async def tick(self, limit: int = 500) -> Tick:
        """Moves everything that is due, at most `limit` (1 to 10,000) rows of each kind. SQL: time/tick.sql"""
        return Tick.of(await self._call("select interlock.tick(%s)", limit))

    async def measure_workspaces(self) -> bool:
        """Measures what each workspace stores, at most once a minute. Returns whether it did. SQL: workspaces/measure_workspaces.sql"""
        measured: bool = await self._call("select interlock.measure_workspaces()")
        return measured

    async def cancel(self, execution_id: UUID, reason: str = "", by: str | None = None) -> bool:
        """Cancels an execution. Returns whether this call did it. SQL: executions/cancel.sql"""
        changed: bool = (await self._call("select interlock.cancel(%s, %s, %s)", execution_id, reason, by))["changed"]
        return changed

    async def cancel_assignment(self, execution_id: UUID, assignment_id: UUID, reason: str = "", by: str | None = None) -> bool:
        """Cancels one visit; its execution goes on by the node's error policy. SQL: assignments/cancel_assignment.sql"""
        answer = await self._call("select interlock.cancel_assignment(%s, %s, %s, %s)", execution_id, assignment_id, reason, by)
        changed: bool = answer["changed"]
        return changed

    async def suspend(self, execution_id: UUID, by: str | None = None) -> bool:
        """Suspends an execution: nothing in it is claimed any more. Returns whether this call did it. SQL: executions/suspend.sql"""
        changed: bool = (await self._call("select interlock.suspend(%s, %s)", execution_id, by))["changed"]
        return changed

    async def continue_(self, execution_id: UUID, by: str | None = None) -> bool:
        """Continues a suspended execution. Returns whether it was suspended. SQL: executions/continue.sql"""
        changed: bool = (await self._call("select interlock.continue(%s, %s)", execution_id, by))["changed"]
        return changed

    async def retry(self, execution_id: UUID, from_node: str | None = None, *, newest: bool = False, by: str | None = None) -> UUID:
        """Retries what failed, or runs again from a node, as a new execution; completed visits are taken over. SQL: retrying/retry.sql"""
        retried = await self.retry_once(execution_id, from_node, newest=newest, by=by)
        assert retried.execution_id is not None
        return retried.execution_id

    async def retry_once(
        self,
        execution_id: UUID,
        from_node: str | None = None,
        *,
        newest: bool = False,
        by: str | None = None,
        idempotency_key: str | None = None,
        trace_parent: str | None = None,
    ) -> StartedExecution:
        """Does the same as `retry`; a repeat with the same key returns the existing execution. SQL: retrying/retry.sql"""
        statement: LiteralString = "interlock.retry(%s, %s, %s, %s, %s, %s)"
        return StartedExecution.of(await self._start(statement, execution_id, from_node, newest, by, idempotency_key, trace_parent))

    async def start_test_run(
        self,
        workflow_id: UUID | None,
        plan: "TestPlan",
        *,
        test: JsonObject,
        execution_input: JsonObject,
        taken: Sequence[Mapping[str, Any]] = (),
        from_execution: UUID | None = None,
        subject: str | None = None,
        by: str | None = None,
        trace_parent: str | None = None,
    ) -> JsonObject:
        """Starts a test run; returns `execution_id` and `workflow_id`. SQL: test_runs/start_test_run.sql

        Args:
            workflow_id: None: the definition was never saved.
            plan: what runs.
            test: what part runs, for people.
            taken: the visits that are taken over: `node_id` with `output`, or with `assignment_id` of a visit of `from_execution`.
        """
        statement: LiteralString = (
            "interlock.start_test_run(%s, %s, %s::jsonb, %s::jsonb, %s, %s::jsonb, %s::jsonb, %s, %s, %s::jsonb, %s::integer[], %s, %s, %s)"
        )
        started: JsonObject = await self._start(
            statement,
            workflow_id,
            plan.name,
            json_text(plan.definition),
            json_text(plan.compiled),
            plan.checksum,
            json_text(test),
            json_text(execution_input),
            subject,
            plan.trigger,
            json_array(taken),
            list(plan.feeds),
            from_execution,
            by,
            trace_parent,
        )
        return started

    async def explain(self, execution_id: UUID, limit: int | None = None) -> list[Reason]:
        """Explains why an execution is not moving: one reason for each of the `limit` oldest open assignments. SQL: explaining/explain.sql"""
        return [Reason.of(answer) for answer in await self._call("select interlock.explain(%s, %s)", execution_id, limit)]
