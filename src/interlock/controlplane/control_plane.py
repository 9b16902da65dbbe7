"""The typed face of the SQL functions. Each method is one call of one function, in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

import orjson
import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from interlock.controlplane.types import (
    AssignmentResult,
    Exchange,
    Heartbeat,
    JsonObject,
    NewExecution,
    Reason,
    SavedWorkflow,
    StartedExecution,
    Tick,
    Version,
)
from interlock.errors import BadRequest, DatabaseUnavailable, InterlockError, errors_by_code
from interlock.tracing import database_call

BYTES_PER_EXCHANGE: Final = 8 * 1024 * 1024


class ControlPlane:
    """Works over any pool of psycopg connections; each call takes one for its duration.

    Every method raises the error that the function's head lists, as its class of `interlock.errors`, and `DatabaseUnavailable` where no
    answer came: a repeat is safe, and each function's head says what it does.
    """

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    async def save_workflow(self, name: str, definition: JsonObject, compiled: JsonObject, checksum: str, tags: Sequence[str] = ()) -> SavedWorkflow:
        """Save a definition with its compiled form. The same content is the same version. SQL: 01_definitions/save_workflow.sql"""
        answer = await self._call(
            "select interlock.save_workflow(%s, %s::jsonb, %s::jsonb, %s, %s)", name, _json(definition), _json(compiled), checksum, list(tags)
        )
        return SavedWorkflow.of(answer)

    async def get_version(self, version_id: int) -> Version:
        """A version with its compiled nodes and connections. SQL: 01_definitions/get_version.sql"""
        return Version.of(await self._call("select interlock.get_version(%s)", version_id))

    async def start_executions(
        self,
        workflow: str,
        executions: Sequence[NewExecution | Mapping[str, Any]],
        *,
        version: int | None = None,
        trigger: str | None = None,
    ) -> list[StartedExecution]:
        """Start 0 to 10,000 executions of the current or the given version, in one transaction.

        Returns:
            One answer each, in the same order; one that could not be started has `error` and spoils no other.

        SQL: 03_executions/start_executions.sql
        """
        answers = await self._call("select interlock.start_executions(%s, %s::jsonb, %s, %s)", workflow, _json(list(executions)), version, trigger)
        return [StartedExecution.of(answer) for answer in answers]

    async def register_worker(self, worker_id: UUID, name: str, queues: Sequence[str], lease_seconds: int, details: JsonObject | None = None) -> None:
        """Make a worker known. Lease: 1 to 86,400 s without a heartbeat until it counts as lost. SQL: 11_workers/register_worker.sql"""
        await self._call(
            "select interlock.register_worker(%s, %s, %s, %s, %s::jsonb)", worker_id, name, list(queues), lease_seconds, _json(details or {})
        )

    async def stop_worker(self, worker_id: UUID) -> int:
        """End a worker in good order. Returns how many assignments went back. SQL: 11_workers/stop_worker.sql"""
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
        """Report finished assignments and claim due ones, oldest first, in one transaction.

        Args:
            worker_id: as registered; one that was given up is refused.
            request: number of this exchange, counted by the worker from 1; repeat it when no answer came.
            results: 0 to 1000 outcomes of assignments that this worker holds, 8 MiB together.
            queues: lanes to claim from.
            limits: how many to claim at most, a queue.

        SQL: 04_assignments/exchange.sql
        """
        reported = _json(list(results))
        if len(reported) > BYTES_PER_EXCHANGE:
            raise BadRequest(f"the results of one exchange are {len(reported)} characters, at most 8 MiB are taken", hint="send them in several")
        answer = await self._call("select interlock.exchange(%s, %s, %s::jsonb, %s, %s)", worker_id, request, reported, list(queues), list(limits))
        return Exchange(**answer)

    async def heartbeat(self, worker_id: UUID) -> Heartbeat:
        """Proof of life. SQL: 11_workers/heartbeat.sql"""
        return Heartbeat.of(await self._call("select interlock.heartbeat(%s)", worker_id))

    async def tick(self, limit: int = 500) -> Tick:
        """Everything that time moves, at most `limit` (1 to 10,000) rows of a kind. SQL: 08_time/tick.sql"""
        return Tick.of(await self._call("select interlock.tick(%s)", limit))

    async def cancel(self, execution_id: UUID, reason: str = "", by: str | None = None) -> bool:
        """End an execution. Returns whether this call did it. SQL: 03_executions/cancel.sql"""
        changed: bool = (await self._call("select interlock.cancel(%s, %s, %s)", execution_id, reason, by))["changed"]
        return changed

    async def cancel_assignment(self, execution_id: UUID, assignment_id: UUID, reason: str = "", by: str | None = None) -> bool:
        """End one visit; its execution goes on by the node's error policy. SQL: 04_assignments/cancel_assignment.sql"""
        answer = await self._call("select interlock.cancel_assignment(%s, %s, %s, %s)", execution_id, assignment_id, reason, by)
        changed: bool = answer["changed"]
        return changed

    async def suspend(self, execution_id: UUID, by: str | None = None) -> None:
        """Stop an execution from being claimed. SQL: 03_executions/suspend.sql"""
        await self._call("select interlock.suspend(%s, %s)", execution_id, by)

    async def continue_(self, execution_id: UUID, by: str | None = None) -> bool:
        """Let a suspended execution go on. Returns whether it was suspended. SQL: 03_executions/continue.sql"""
        changed: bool = (await self._call("select interlock.continue(%s, %s)", execution_id, by))["changed"]
        return changed

    async def retry(self, execution_id: UUID, from_node: str | None = None, *, newest: bool = False, by: str | None = None) -> UUID:
        """Run again what failed, or from a node, as a new execution; what had completed is taken over. SQL: 03_executions/retry.sql"""
        answer = await self._call("select interlock.retry(%s, %s, %s, %s)", execution_id, from_node, newest, by)
        return UUID(answer["execution_id"])

    async def explain(self, execution_id: UUID) -> list[Reason]:
        """Why an execution is not moving, one reason per open assignment. SQL: 03_executions/explain.sql"""
        return [Reason.of(answer) for answer in await self._call("select interlock.explain(%s)", execution_id)]

    async def _call(self, statement: LiteralString, *parameters: Any) -> Any:
        try:
            with database_call(_function_of(statement)):
                async with self._pool.connection() as connection:
                    row = await (await connection.execute(statement, parameters)).fetchone()
                    if not connection.autocommit:
                        await connection.commit()
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise DatabaseUnavailable(f"no answer from the database: {error}", hint="the call may be repeated") from error
        except psycopg.DataError as error:
            raise BadRequest(str(error).splitlines()[0], hint="the database cannot store this; text may not have NUL characters") from error
        except psycopg.Error as error:
            raise _typed(error) from error
        if row is None:
            raise DatabaseUnavailable("the database answered without a row")
        return row[0]


def _function_of(statement: str) -> str:
    return statement.removeprefix("select interlock.").partition("(")[0]


def _typed(error: psycopg.Error) -> Exception:
    kind: type[InterlockError] | None = errors_by_code().get(error.sqlstate or "")
    if kind is None:
        return error
    return kind(error.diag.message_primary or "", details=error.diag.message_detail or "", hint=error.diag.message_hint or "")


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError as error:
        raise BadRequest(
            f"not JSON: {error}", hint="inputs are made of objects with text keys, arrays, text, numbers, true, false and null"
        ) from error
