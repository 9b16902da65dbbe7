"""OpenTelemetry spans through API, database and worker, with W3C context. Without the extra `otel`, or not configured, nothing happens here.

An execution is a trace. It is that of the request which started it, where there was one, else the one whose id is the execution's id; each attempt
at an assignment is a span of it. The context travels in the database, as `executions.trace_parent`.
"""

import logging
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

if TYPE_CHECKING:
    from opentelemetry.trace import Span

ENDPOINT_VARIABLES: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

_tracer_of_span: ContextVar[Any] = ContextVar("tracer_of_span", default=None)
_logger = logging.getLogger("interlock.tracing")


class Tracing:
    """Makes spans for one process; `Tracing.off()` makes none."""

    def __init__(self, provider: Any = None) -> None:
        self._provider = provider
        self._tracer = None if provider is None else provider.get_tracer("interlock")

    @classmethod
    def off(cls) -> "Tracing":
        return cls()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, service: str) -> "Tracing":
        """Sends spans by OTLP over HTTP where `OTEL_EXPORTER_OTLP_ENDPOINT` says so; the SDK reads its other variables itself."""
        if not any(environ.get(name) for name in ENDPOINT_VARIABLES) or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
            return cls.off()
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError:
            _logger.warning("spans are asked for, but OpenTelemetry is not installed: pip install 'interlock[otel]'", extra={"event": "no_tracing"})
            return cls.off()
        resource = Resource.create({"service.name": environ.get("OTEL_SERVICE_NAME") or service, "service.namespace": "interlock"})
        provider = TracerProvider(resource=resource)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider)

    @property
    def is_on(self) -> bool:
        return self._tracer is not None

    @contextmanager
    def request(self, name: str, trace_parent: str | None, attributes: Mapping[str, Any]) -> Iterator["OpenSpan"]:
        """A span for a request from outside, continuing the caller's trace."""
        if self._tracer is None:
            yield OpenSpan(None, trace_parent)
            return
        from opentelemetry.trace import SpanKind

        with self._begin(name, trace_parent, attributes, SpanKind.SERVER) as span:
            yield span

    @contextmanager
    def attempt(
        self, name: str, trace_parent: str | None, execution_id: str, attributes: Mapping[str, Any], began_ns: int | None = None
    ) -> Iterator["OpenSpan"]:
        """A span for one attempt at an assignment, in the trace of its execution.

        Args:
            began_ns: when it began, in nanoseconds since 1970; None: now.
        """
        if self._tracer is None:
            yield OpenSpan(None, None)
            return
        from opentelemetry.trace import SpanKind

        with self._begin(name, trace_parent or trace_parent_of(execution_id), attributes, SpanKind.CONSUMER, began_ns) as span:
            yield span

    @contextmanager
    def _begin(
        self, name: str, trace_parent: str | None, attributes: Mapping[str, Any], kind: Any, began_ns: int | None = None
    ) -> Iterator["OpenSpan"]:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        assert self._tracer is not None
        parent = TraceContextTextMapPropagator().extract({"traceparent": trace_parent} if trace_parent else {})
        with self._tracer.start_as_current_span(
            name,
            context=parent,
            kind=kind,
            attributes=dict(attributes),
            start_time=began_ns,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            context = span.get_span_context()
            token = _tracer_of_span.set(self._tracer)
            try:
                yield OpenSpan(span, f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}")
            finally:
                _tracer_of_span.reset(token)

    def close(self) -> None:
        """Send what was not sent yet."""
        if self._provider is not None:
            self._provider.shutdown()


class OpenSpan:
    """A span while it is open; `trace_parent` is what to hand on to whoever is called."""

    def __init__(self, span: "Span | None", trace_parent: str | None) -> None:
        self._span = span
        self.trace_parent = trace_parent

    def set(self, **attributes: Any) -> None:
        """Attributes below `interlock.`; what is None is left out."""
        if self._span is not None:
            self._span.set_attributes({f"interlock.{name}": value for name, value in attributes.items() if value is not None})

    def fail(self, code: str, message: str = "") -> None:
        """Mark it as failed, with the error's code and a message in which secrets are masked."""
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_attribute("error.type", code)
            self._span.set_status(Status(StatusCode.ERROR, message))


@contextmanager
def database_call(function: str) -> Iterator[None]:
    """A span for one call of a SQL function, inside the open span; none where none is open."""
    tracer = _tracer_of_span.get()
    if tracer is None:
        yield
        return
    from opentelemetry.trace import SpanKind

    attributes = {"db.system.name": "postgresql", "db.operation.name": function, "db.namespace": "interlock"}
    with tracer.start_as_current_span(f"interlock.{function}", kind=SpanKind.CLIENT, attributes=attributes, record_exception=False):
        yield


def trace_parent_of(execution_id: str) -> str:
    """The trace of an execution that was started without one: its id is the execution's, its parent a span that nobody sends."""
    number = UUID(execution_id).hex
    return f"00-{number}-{number[16:]}-01"


def is_trace_parent(text: str) -> bool:
    """Whether it has the form of W3C's `traceparent`, version 00."""
    parts = text.split("-")
    return (
        len(text) == 55
        and [len(part) for part in parts] == [2, 32, 16, 2]
        and parts[0] == "00"
        and all(set(part) <= set("0123456789abcdef") for part in parts)
        and set(parts[1]) != {"0"}
        and set(parts[2]) != {"0"}
    )


def inject(headers: MutableMapping[str, str]) -> None:
    """Add the context of the open span, if there is one and they have none, so that whoever is called continues the trace."""
    if _tracer_of_span.get() is None or "traceparent" in headers:
        return
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    TraceContextTextMapPropagator().inject(headers)
