"""Submitting one execution and knowing its end, as soon as it is committed: being told of it, or asking for it."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.workload.product import Product
from interlock.insight.ended_executions import EndedExecutions

LOOK_SECONDS = 0.0002
MOST_SECONDS = 60.0


async def submit_and_be_told(product: Product, ended: EndedExecutions, workflow: str, execution: Mapping[str, Any]) -> float:
    """Seconds from before the call that starts an execution until this process is told of its end.

    Raises:
        AssertionError: it did not complete.
    """
    started = time.perf_counter()
    (execution_id,) = await product.start(workflow, [execution])
    status = await ended.wait(UUID(execution_id), timeout_seconds=MOST_SECONDS)
    seconds = time.perf_counter() - started
    assert status == "completed", f"the execution ended {status}"
    return seconds


async def submit_and_wait(product: Product, looker: psycopg.Connection[Any], workflow: str, execution: Mapping[str, Any]) -> float:
    """Seconds from before the call that starts an execution until its end is visible to another connection.

    The looker asks every 0.2 ms, which is within the figure and takes part of a core from it.

    Raises:
        AssertionError: it did not complete.
    """
    started = time.perf_counter()
    (execution_id,) = await product.start(workflow, [execution])
    return until_ended(looker, execution_id, started)


def until_ended(looker: psycopg.Connection[Any], execution_id: str, started: float) -> float:
    """Blocks: nothing else is to be done in this process meanwhile."""
    while True:
        row = looker.execute("select status, ended_at is not null from interlock.executions where id = %s", [execution_id], prepare=True).fetchone()
        assert row is not None
        if row[1]:
            seconds = time.perf_counter() - started
            assert row[0] == "completed", f"the execution ended {row[0]}"
            return seconds
        time.sleep(LOOK_SECONDS)
