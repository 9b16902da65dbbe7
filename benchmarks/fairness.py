"""Fairness: how long a single assignment of one workspace waits while another one has 100,000 due, and while it has none."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.quantiles import quantile
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import START, chain, connect, inputs, node
from benchmarks.workload.executors import benchmark_factory
from benchmarks.workload.product import Product, installed
from interlock.controlplane import ControlPlane, open_pool
from interlock.controlplane.workspaces import Workspaces
from interlock.definition import check_definition

DUE = 100_000
BATCH = 10_000
SAMPLES = 60
PAUSE_SECONDS = 0.05
SLOTS = 100
TARGET_MS = 1000.0
SINGLE = "single"
WAITED_SECONDS = 0.5
"""How long the single one's WAIT node waits; that of the others is over when they are measured."""
DELAYS = """
select extract(epoch from a.started_at - a.created_at)::float8 * 1000
from interlock.assignments a
join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.node_id = 'last'
where a.execution_id = any(%s::uuid[]) order by a.created_at
"""
LATENESS = """
select extract(epoch from a.ended_at - a.created_at)::float8 * 1000 - %s
from interlock.assignments a
join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.node_id = 'wait'
where a.execution_id = any(%s::uuid[]) order by a.created_at
"""
OPEN = "select exists (select from interlock.executions where id = any(%s::uuid[]) and ended_at is null)"
STILL_DUE = "select count(*) from interlock.assignments where ended_at is null and queue is distinct from '#2:default'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the other workspace has due, and what of the single execution is measured: until a worker begins its node, or until its wait goes on."""

    name: str
    other: Mapping[str, Any]
    single: Mapping[str, Any]
    is_wait: bool = False


def last_node(**more: Any) -> dict[str, Any]:
    return {"name": SINGLE, "nodes": [START, node("last")], "connections": connect("start", "last"), **more}


def waiting(name: str, seconds: float) -> dict[str, Any]:
    wait = {"id": "wait", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": seconds}}
    return {"name": name, "nodes": [START, wait, node("last")], "connections": connect("start", "wait", "last")}


CASES = (
    Case(name="quick nodes", other=chain(10, name="many"), single=last_node()),
    Case(name="nodes of 100 ms", other=chain(10, "BENCH_PAUSE", name="many", seconds=0.1), single=last_node()),
    Case(name="waits that are over", other=waiting("many", 1.0), single=waiting(SINGLE, WAITED_SECONDS), is_wait=True),
)


async def run(bench: Bench) -> Outcome:
    measured = {case.name: (await delays(bench, case, due=0), await delays(bench, case, due=DUE)) for case in CASES}
    rows = [
        (f"{name}, {what}", quantile(sample, 0.5), quantile(sample, 0.99), max(sample))
        for name, both in measured.items()
        for what, sample in zip(("nothing else due", f"{DUE:,} due elsewhere"), both, strict=True)
    ]
    return Outcome(
        name="fairness",
        figure=max(quantile(crowded, 0.99) for _, crowded in measured.values()),
        unit="ms (p99, longest case)",
        better=Better.LESS,
        target=TARGET_MS,
        settings={"due": DUE, "samples": SAMPLES, "slots": SLOTS, "workers": 1},
        details={
            name: {"alone_p50_ms": quantile(alone, 0.5), "alone_p99_ms": quantile(alone, 0.99)}
            | {"p50_ms": quantile(crowded, 0.5), "p99_ms": quantile(crowded, 0.99), "longest_ms": max(crowded)}
            for name, (alone, crowded) in measured.items()
        },
        tables=(table("Delay of a single one of another workspace, ms", "", "p50", "p99", "longest", rows=rows),),
    )


async def delays(bench: Bench, case: Case, *, due: int) -> Sequence[float]:
    """The delay of each single execution, in milliseconds."""
    bench.say(f"{case.name}: {SAMPLES} single executions, while another workspace has {due:,} due")
    async with installed(bench.server, "fairness", case.other) as product, another_workspace(product, case.single) as other:
        if due:
            await product.start("many", inputs(due), batch=BATCH)
            await asyncio.sleep(1.0)
        async with product.worker(slots=SLOTS):
            await asyncio.sleep(1.0)
            started = []
            for given in inputs(SAMPLES):
                started += [str(one.execution_id) for one in await other.start_executions(SINGLE, [given])]
                await asyncio.sleep(PAUSE_SECONDS)
            await ended(product, started)
            if due:
                left = await product.one(STILL_DUE)
                assert left > due / 10, f"only {left:,} were left, so the last singles had less to wait for"
        if case.is_wait:
            return await column(product, LATENESS, WAITED_SECONDS * 1000, started)
        return await column(product, DELAYS, started)


@asynccontextmanager
async def another_workspace(product: Product, definition: Mapping[str, Any]) -> AsyncIterator[ControlPlane]:
    """A second workspace with this workflow in it."""
    checked = check_definition(definition, benchmark_factory())
    assert checked.sound is not None, checked.report
    async with open_pool(product.url, limit=1) as pool:
        workspace = await Workspaces(pool).create_workspace("another", by="benchmark")
        plane = ControlPlane(pool, workspace.id)
        await plane.save_workflow(SINGLE, checked.sound.definition.to_json(), checked.sound.compiled_json(), checked.sound.checksum)
        yield plane


async def ended(product: Product, executions: Sequence[str]) -> None:
    async with asyncio.timeout(60):
        while await product.one(OPEN, list(executions)):  # noqa: ASYNC110  # nothing tells of it but the database
            await asyncio.sleep(0.1)


async def column(product: Product, statement: str, *values: object) -> Sequence[float]:
    cursor = await product.connection.execute(statement.encode(), values)
    return [row[0] for row in await cursor.fetchall()]
