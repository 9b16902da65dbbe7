"""One assignment from its input to its result."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from traceback import clear_frames
from typing import Any, Final

from interlock.assignment_errors import CODES, DEFAULT_CODE
from interlock.credentials import CredentialUse
from interlock.definition import ExpressionError
from interlock.nodes import Credentials, ExecutorMissing, NodeError, NodeExecutionContext, NodeExecutor
from interlock.nodes.credential import NO_CREDENTIALS
from interlock.nodes.errors import expression_error
from interlock.worker.executor_loop import ExecutorCall
from interlock.worker.held import HeldAssignment
from interlock.worker.outbox import JsonObject
from interlock.worker.process_pool import ExecutorRaisedError
from interlock.worker.results import failed, failed_with, masked, released_for, result_of
from interlock.worker.visit_context import VisitContext

DROPPED: Final[JsonObject] = {"outcome": "dropped"}  # the database has the visit executed again

OUT_OF_MEMORY: Final[JsonObject] = failed(
    "out_of_memory", "there was not enough memory for this node", hint=CODES["out_of_memory"].hint, retryable=True
)
"""Made in time: later there may be no memory for it."""


class Execution:
    """Executes assignments. Whatever an executor does, there is a result, except when it is cancelled."""

    def __init__(
        self,
        logger: logging.Logger,
        read_credentials: Callable[[Iterable[CredentialUse]], Awaitable[Credentials]],
        lacks_memory: Callable[[], None] = lambda: None,
    ) -> None:
        """`lacks_memory`: called, in any thread, when an executor in this process found no memory: then others may have found none, too."""
        self._logger = logger
        self._read_credentials = read_credentials
        self._lacks_memory = lacks_memory

    async def execute(self, held: HeldAssignment, call: ExecutorCall) -> JsonObject:
        """Returns the result of the assignment in the form that the database takes.

        Args:
            call: executes the node; in this loop, or in a process of its own.

        Raises:
            asyncio.CancelledError: and nothing else.
        """
        try:
            node = held.node
            credentials = NO_CREDENTIALS
            try:
                if node.credentials:
                    credentials = await self._read_credentials(node.credentials)
                result = result_of(await call(self._context_of(held, credentials)), node.ports)
            except ExecutorMissing as error:
                self._logger.warning("%s is handed back: %s", node.identity.id, error.message, extra={"event": "executor_missing", **held.ids})
                return released_for(error)
            except MemoryError as error:
                clear_frames(error.__traceback__)  # lets go of what the executor has made
                self._lacks_memory()
                return self._out_of_memory(held)
            except NodeError as error:
                result = failed_with(error, credentials.masker, hint=hint_for(error, node.executor))
            except ExpressionError as error:
                failure = expression_error(error)
                result = failed_with(failure, credentials.masker, hint=failure.hint)
            except (Exception, SystemExit) as error:
                self._logger.exception("an executor raised", extra={"event": "executor_raised", **held.ids})
                exception, said = (
                    (error.exception, error.message) if isinstance(error, ExecutorRaisedError) else (type(error).__qualname__, str(error))
                )
                if exception == MemoryError.__qualname__:
                    return self._out_of_memory(held)
                message = credentials.masker.text(f"{exception}: {said}")
                hint = "the log of the worker has the traceback; let the executor raise RetryableError or FinalError for what it expects"
                result = failed("executor_raised", message, hint=hint, details={"exception": exception}, retryable=True)
            if node.credentials:
                result = masked(result, credentials.masker)
            if result["outcome"] == "failed":
                self._tell_failure(held, result["error"])
            return result
        except MemoryError:  # of this method itself: an executor beside it takes all there is
            self._lacks_memory()
            return OUT_OF_MEMORY

    async def execute_ahead(self, held: HeldAssignment, call: ExecutorCall) -> JsonObject:
        """Executes a visit that the database does not know yet. What comes of it counts only if it is completed, so a failure is not logged.

        Raises:
            asyncio.CancelledError: and nothing else.
        """
        try:
            return result_of(await call(self._context_of(held, NO_CREDENTIALS)), held.node.ports)
        except (Exception, SystemExit):  # noqa: BLE001 - whatever it is, it happens again when the visit is executed again, and is logged then
            return DROPPED

    def _context_of(self, held: HeldAssignment, credentials: Credentials) -> NodeExecutionContext[Any]:
        node = held.node
        scope = None if node.parameters is not None else node.scope_of(held.assignment)
        return VisitContext.of(held, node.parameters_in(scope), scope, credentials, self._logger)

    def _out_of_memory(self, held: HeldAssignment) -> JsonObject:
        self._logger.error("out of memory: %s failed", held.node.identity.id, extra={"event": "out_of_memory", **held.ids})
        return OUT_OF_MEMORY

    def _tell_failure(self, held: HeldAssignment, error: JsonObject) -> None:
        attempt = held.assignment["attempt"]
        more = {"event": "attempt_failed", "attempt": attempt, "code": error["code"], **held.ids}
        self._logger.warning("attempt %d at %s failed: %s", attempt, held.node.identity.id, error["message"], extra=more)


def hint_for(error: NodeError, executor: NodeExecutor[Any]) -> str | None:
    """Returns how to fix an error: the hint of the error itself, else the one that is listed for its code."""
    if error.hint is not None or error.code == DEFAULT_CODE:
        return error.hint
    listed = next((known for known in executor.errors if known.code == error.code), CODES.get(error.code))
    return None if listed is None else listed.hint
