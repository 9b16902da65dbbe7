"""Makes a span for each attempt."""

import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from interlock.tracing import OpenSpan, Tracing
from interlock.worker.executor_loop import ExecutorCall
from interlock.worker.held import HeldAssignment
from interlock.worker.outbox import JsonObject
from interlock.worker.running_ahead import leads_on

Execute = Callable[[HeldAssignment, ExecutorCall], Coroutine[Any, Any, JsonObject]]


def traced(execute: Execute, tracing: Tracing) -> Execute:
    """Returns a function that executes within a span of the trace of the execution; the given one if tracing is off."""
    if not tracing.is_on:
        return execute

    async def execute_in_span(held: HeldAssignment, call: ExecutorCall) -> JsonObject:
        with span_of(held, tracing, {"interlock.assignment_id": held.key[1]}) as span:
            result = await execute(held, call)
            span.set(outcome=result["outcome"])
            if error := result.get("error"):
                span.fail(str(error["code"]), str(error["message"]))
            return result

    return execute_in_span


def traced_ahead(execute: Execute, tracing: Tracing) -> Execute:
    """Returns a function that executes a visit ahead, and makes a span of it if it counts; else it gets one when it is executed again."""
    if not tracing.is_on:
        return execute

    async def execute_and_make_span(held: HeldAssignment, call: ExecutorCall) -> JsonObject:
        began_ns = time.time_ns()
        result = await execute(held, call)
        if leads_on(result):
            with span_of(held, tracing, {"interlock.ran_ahead": True}, began_ns) as span:
                span.set(outcome=result["outcome"])
        return result

    return execute_and_make_span


@contextmanager
def span_of(held: HeldAssignment, tracing: Tracing, more: dict[str, Any], began_ns: int | None = None) -> Iterator[OpenSpan]:
    """A span for an attempt at an assignment."""
    assignment, node = held.assignment, held.node
    attributes = {
        "interlock.execution_id": assignment["execution_id"],
        "interlock.node_id": node.identity.id,
        "interlock.visit": assignment["visit"],
        "interlock.attempt": assignment["attempt"],
        **more,
    }
    trace_parent = assignment["execution"].get("trace_parent")
    with tracing.attempt(node.identity.id, trace_parent, assignment["execution_id"], attributes, began_ns) as span:
        yield span
