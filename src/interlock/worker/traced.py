"""Makes a span for each attempt."""

from collections.abc import Callable, Coroutine
from typing import Any

from interlock.tracing import Tracing
from interlock.worker.executor_loop import ExecutorCall
from interlock.worker.held import HeldAssignment
from interlock.worker.outbox import JsonObject

Execute = Callable[[HeldAssignment, ExecutorCall], Coroutine[Any, Any, JsonObject]]


def traced(execute: Execute, tracing: Tracing) -> Execute:
    """Returns a function that executes within a span of the trace of the execution; the given one if tracing is off."""
    if not tracing.is_on:
        return execute

    async def execute_in_span(held: HeldAssignment, call: ExecutorCall) -> JsonObject:
        assignment, node = held.assignment, held.node
        attributes = {
            "interlock.execution_id": assignment["execution_id"],
            **({"interlock.assignment_id": held.key[1]} if held.key[1] else {"interlock.ran_ahead": True}),
            "interlock.node_id": node.identity.id,
            "interlock.visit": assignment["visit"],
            "interlock.attempt": assignment["attempt"],
        }
        execution = assignment["execution"]
        with tracing.attempt(node.identity.id, execution.get("trace_parent"), assignment["execution_id"], attributes) as span:
            result = await execute(held, call)
            span.set(outcome=result["outcome"])
            if error := result.get("error"):
                span.fail(str(error["code"]), str(error["message"]))
            return result

    return execute_in_span
