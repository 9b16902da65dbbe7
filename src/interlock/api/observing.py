"""Counts, times, logs and traces every request, for REST and gRPC alike, however it ends."""

import logging
from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from interlock.api.models.base import Request
from interlock.api.operations import Repeat
from interlock.controlplane.database_errors import interlock_error
from interlock.errors import InterlockError, InternalError, TooBusy
from interlock.insight.request_metrics import REQUEST_SECONDS

if TYPE_CHECKING:
    from interlock.api.auth.principal import Principal
    from interlock.api.operations import Operation
    from interlock.tracing import Tracing

OK: Final = "ok"
CANCELLED: Final = "cancelled"
"""In place of a code: the caller did not wait for the answer."""
UNKNOWN: Final = "unknown"
"""In place of an operation: there is nothing at that address. The address itself is not logged, because anybody can make one up."""
_IDS: Final = ("execution_id", "assignment_id", "workflow")
_logger = logging.getLogger("interlock.api")


@dataclass(slots=True)
class Observation:
    """One request, from its arrival to its answer. What is not known at first is filled in as it becomes known.

    Attributes:
        operation: its name; `healthz`, `readyz`, `metrics`, `openapi` or `page` if it is not an operation.
        is_reading: whether it changes nothing; such a request is logged as DEBUG if it succeeds, every other as INFO.
        is_stream: whether it is counted when its answer begins, not when it ends.
        status: status of HTTP or gRPC.
    """

    face: Literal["rest", "grpc"]
    request_id: str
    operation: str = UNKNOWN
    is_reading: bool = True
    is_stream: bool = False
    code: str = OK
    status: int | str = ""
    user: str | None = None
    ids: dict[str, str] = field(default_factory=dict)
    _began: float = field(default_factory=monotonic)
    _is_counted: bool = False

    @contextmanager
    def note_operation(self, operation: "Operation", tracing: "Tracing", trace_parent: str | None) -> Iterator[str | None]:
        """Notes the operation, and makes the block a span. Yields the `traceparent` for what the operation starts."""
        self.operation, self.is_reading, self.is_stream = operation.name, operation.repeat is Repeat.READS, operation.streams
        attributes = {"interlock.operation": operation.name, "interlock.face": self.face, "interlock.request_id": self.request_id}
        with tracing.request(f"{operation.service}.{operation.name}", trace_parent, attributes) as span:
            try:
                yield span.trace_parent
            except BaseException as error:
                span.fail(code_of(error))
                raise
            finally:
                span.set(**self.ids)

    def note_caller(self, principal: "Principal | None") -> None:
        """Notes the caller."""
        self.user = principal.name if principal is not None else None

    def note_ids(self, request: Request) -> None:
        """Notes the ids in the request."""
        self.ids = {name: str(value) for name in _IDS if (value := getattr(request, name, None)) is not None}

    def note_error(self, error: Exception) -> InterlockError:
        """Returns the error to answer with. An unexpected exception is logged with its traceback, and answered as IL099."""
        known = self._known(error)
        self.code = known.code
        return known

    def note_answer(self, status: int | str) -> None:
        """Notes that the answer begins."""
        self.status = status
        if isinstance(status, int) and status >= 400 and self.code == OK:
            self.code = f"http_{status}"
        if self.is_stream:
            self._count()

    def finish(self) -> None:
        """Notes that the request ended, and logs it."""
        self._count()
        milliseconds = round((monotonic() - self._began) * 1000, 2)
        _logger.log(
            logging.DEBUG if self.is_reading and self.code == OK else logging.INFO,
            "%s %s %s, %s, %.0f ms",
            self.operation,
            self.status,
            self.code,
            self.user or "nobody",
            milliseconds,
            extra={
                "event": "request",
                "operation": self.operation,
                "face": self.face,
                "code": self.code,
                "status": self.status,
                "request_id": self.request_id,
                "user": self.user,
                "milliseconds": milliseconds,
                **self.ids,
            },
        )

    def _count(self) -> None:
        if not self._is_counted:
            self._is_counted = True
            REQUEST_SECONDS.labels(operation=self.operation, face=self.face, code=self.code).observe(monotonic() - self._began)

    def _known(self, error: Exception) -> InterlockError:
        more = {"event": "request_failed", "code": code_of(error), "request_id": self.request_id, "operation": self.operation}
        known = _error_of(error)
        if known is not None:
            if known.http_status >= 500:
                _logger.warning("%s: %s", known.code, known, extra=more)
            return known
        _logger.error("request %s failed", self.request_id, exc_info=error, extra=more)
        return InternalError("an unexpected error happened in Interlock", hint=f"look for the request {self.request_id} in the log of the API")


def code_of(error: BaseException) -> str:
    """Returns the code that an exception is answered, logged and counted with."""
    if isinstance(error, CancelledError):
        return CANCELLED
    return (_error_of(error) or InternalError).code


def _error_of(error: BaseException) -> InterlockError | None:
    """Returns the error of the product for an exception; None for one that nobody expects."""
    if isinstance(error, MemoryError):
        return TooBusy("this process is short of memory", hint="try again, or another process; give it more memory, or less to do at once")
    return interlock_error(error)
