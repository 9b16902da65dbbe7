"""Every request counted, timed, logged and traced, once for REST and gRPC, however it ends."""

import logging
from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from interlock.api.models.base import Request
from interlock.controlplane.database_errors import interlock_error
from interlock.errors import InterlockError, InternalError
from interlock.insight.request_metrics import REQUEST_SECONDS

if TYPE_CHECKING:
    from interlock.api.auth.principal import Principal
    from interlock.api.operations import Operation
    from interlock.tracing import Tracing

OK: Final = "ok"
CANCELLED: Final = "cancelled"
"""In place of a code: who asked did not wait for the answer."""
UNKNOWN: Final = "unknown"
"""In place of an operation: nothing is at that address. What was asked for there is not told: anybody can make it up."""
_IDS: Final = ("execution_id", "assignment_id", "workflow")
_logger = logging.getLogger("interlock.api")


@dataclass(slots=True)
class Observation:
    """One request, from when it came until it was answered. What is not known yet is filled in as it becomes known.

    Attributes:
        operation: its name; `healthz`, `readyz`, `metrics`, `openapi`, `page` for what is no operation.
        is_reading: what changes nothing and went well is logged as DEBUG, all else as INFO.
        is_stream: it is counted when its answer begins, not when it ends.
        status: of HTTP or gRPC.
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
    def of(self, operation: "Operation", tracing: "Tracing", trace_parent: str | None) -> Iterator[str | None]:
        """The request asks for this operation. Gives the trace that what it starts belongs to; the block is a span of it."""
        self.operation, self.is_reading, self.is_stream = operation.name, operation.method == "GET", operation.streams
        attributes = {"interlock.operation": operation.name, "interlock.face": self.face, "interlock.request_id": self.request_id}
        with tracing.request(f"{operation.service}.{operation.name}", trace_parent, attributes) as span:
            try:
                yield span.trace_parent
            except BaseException as error:
                span.fail(code_of(error))
                raise
            finally:
                span.set(**self.ids)

    def by(self, principal: "Principal | None") -> None:
        """Who asks."""
        self.user = principal.name if principal is not None else None

    def about(self, request: Request) -> None:
        """What is asked for."""
        self.ids = {name: str(value) for name in _IDS if (value := getattr(request, name, None)) is not None}

    def failed(self, error: Exception) -> InterlockError:
        """What is told of any exception: one that nobody expected is logged with its traceback and told as IL099."""
        known = self._known(error)
        self.code = known.code
        return known

    def answering(self, status: int | str) -> None:
        """The answer begins."""
        self.status = status
        if isinstance(status, int) and status >= 400 and self.code == OK:
            self.code = f"http_{status}"
        if self.is_stream:
            self._count()

    def finish(self) -> None:
        """It was answered, or will never be."""
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
        told = {"event": "request_failed", "code": code_of(error), "request_id": self.request_id, "operation": self.operation}
        known = interlock_error(error)
        if known is not None:
            if known.http_status >= 500:
                _logger.warning("%s: %s", known.code, known, extra=told)
            return known
        _logger.error("request %s failed", self.request_id, exc_info=error, extra=told)
        return InternalError("something went wrong here that should not have", hint=f"the log says more about the request {self.request_id}")


def code_of(error: BaseException) -> str:
    """The code that an exception is told with."""
    if isinstance(error, CancelledError):
        return CANCELLED
    return (interlock_error(error) or InternalError).code
