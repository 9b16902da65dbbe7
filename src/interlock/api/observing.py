"""Every request counted, timed, logged and traced, once for REST and gRPC."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from interlock.api.models.base import Request
from interlock.errors import InterlockError
from interlock.insight.request_metrics import REQUEST_SECONDS

if TYPE_CHECKING:
    from interlock.api.call import Call
    from interlock.api.operations import Operation

_logger = logging.getLogger("interlock.api")


@contextmanager
def observed(call: "Call", operation: "Operation", request: Request) -> Iterator["Call"]:
    """Gives the call with the trace that what it starts belongs to. Reading that went well is logged as DEBUG, all else as INFO."""
    began = monotonic()
    code = "ok"
    ids = {name: str(value) for name in ("execution_id", "assignment_id", "workflow") if (value := getattr(request, name, None)) is not None}
    attributes = {"interlock.operation": operation.name, "interlock.face": call.face, "interlock.request_id": call.request_id}
    attributes |= {f"interlock.{name}": value for name, value in ids.items()}
    with call.services.tracing.request(f"{operation.service}.{operation.name}", call.trace_parent, attributes) as span:
        try:
            yield replace(call, trace_parent=span.trace_parent)
        except InterlockError as error:
            code = error.code
            span.fail(code)
            raise
        except BaseException as error:
            code = type(error).__name__
            span.fail(code)
            raise
        finally:
            seconds = monotonic() - began
            REQUEST_SECONDS.labels(operation=operation.name, face=call.face, code=code).observe(seconds)
            _logger.log(
                logging.DEBUG if operation.method == "GET" and code == "ok" else logging.INFO,
                "%s %s",
                operation.name,
                code,
                extra={
                    "event": "request",
                    "operation": operation.name,
                    "face": call.face,
                    "code": code,
                    "request_id": call.request_id,
                    "user": call.principal.name if call.principal else None,
                    "milliseconds": round(seconds * 1000, 2),
                    **ids,
                },
            )
