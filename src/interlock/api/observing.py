"""Every request counted, timed, logged and traced, once for REST and gRPC."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from interlock.errors import InterlockError
from interlock.insight.request_metrics import REQUEST_SECONDS

if TYPE_CHECKING:
    from interlock.api.call import Call
    from interlock.api.operations import Operation

_logger = logging.getLogger("interlock.api")


@contextmanager
def observed(call: "Call", operation: "Operation") -> Iterator["Call"]:
    """Gives the call with the trace that what it starts belongs to."""
    began = monotonic()
    code = "ok"
    attributes = {"interlock.operation": operation.name, "interlock.face": call.face, "interlock.request_id": call.request_id}
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
            _logger.info(
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
                },
            )
