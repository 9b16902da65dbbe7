"""500 open event streams: how late their events come, and what they cost while executions move and while nothing does."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from benchmarks.bench import Bench
from benchmarks.measuring.cpu import process_seconds, resident_bytes
from benchmarks.measuring.outcome import Better, Outcome, Target
from benchmarks.measuring.quantiles import quantile
from benchmarks.measuring.report import table
from benchmarks.workload.api_process import ApiProcess, api_process
from benchmarks.workload.definitions import START, connect, node
from benchmarks.workload.product import Product, installed

STREAMS = 500
IDLE_SECONDS = 10
WAIT_SECONDS = 25
TARGET_MS = 1000.0
EVENTS_OF_EACH = 4  # trigger, wait, last node, end


async def run(bench: Bench) -> Outcome:
    bench.say(f"{STREAMS} streams of executions that wait {WAIT_SECONDS} s and then all end at once")
    async with installed(bench.server, "streams", waiting()) as product, product.worker(slots=500), api_process(product) as api:
        ids = await product.start("wait and end", [{"input": {"number": number}} for number in range(STREAMS)])
        timeout = httpx.Timeout(60, read=120)
        limits = httpx.Limits(max_connections=STREAMS + 10)
        async with httpx.AsyncClient(base_url=api.url, headers=api.headers, timeout=timeout, limits=limits) as client:
            opened: asyncio.Semaphore = asyncio.Semaphore(0)
            tasks = [asyncio.create_task(follow(client, execution, opened)) for execution in ids]
            for _ in ids:
                await asyncio.wait_for(opened.acquire(), 60)
            idle_cores = await cores_of(api, IDLE_SECONDS)
            memory = resident_bytes(api.pid)
            seen = await asyncio.wait_for(asyncio.gather(*tasks), 120)
        ended = await ends(product)
    late = [(seen_at - ended[execution]) * 1000 for execution, seen_at, _ in seen]
    events = sum(count for _, _, count in seen)
    p50, p99 = quantile(late, 0.5), quantile(late, 0.99)
    return Outcome(
        name="streams",
        figure=p99,
        unit=f"ms late (p99, {STREAMS} streams ending at once)",
        better=Better.LESS,
        target=TARGET_MS,
        also=(Target(name="streams that ended with `end`", figure=len(seen), unit="streams", better=Better.MORE, target=STREAMS),),
        settings={"streams": STREAMS, "wait_seconds": WAIT_SECONDS},
        details={"p50_ms": p50, "events": events, "idle_cores": idle_cores, "api_bytes": memory},
        tables=(
            table(
                f"{STREAMS} event streams on one API process",
                "p50 late, ms",
                "p99",
                "events",
                "API cores while nothing moves",
                "API memory, MiB",
                rows=[(p50, p99, events, idle_cores, None if memory is None else memory / 2**20)],
            ),
        ),
        notes=("Late: from the commit of an execution's end, by the database's clock, until a client has read the last event; both on one machine.",),
    )


def waiting() -> dict[str, Any]:
    wait = {"id": "pause", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": WAIT_SECONDS}}
    return {"name": "wait and end", "nodes": [START, wait, node("last")], "connections": connect("start", "pause", "last")}


async def follow(client: httpx.AsyncClient, execution: str, opened: asyncio.Semaphore) -> tuple[str, float, int]:
    """The execution, when its end was read, and how many events there were."""
    count, told = 0, False
    async with client.stream("GET", f"/api/v1/executions/{execution}/events") as answer:
        assert answer.status_code == 200, answer.status_code
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                count += 1
                if not told:
                    told = True
                    opened.release()
                if json.loads(line[6:])["kind"] == "end":
                    return execution, time.time(), count
    raise AssertionError(f"the stream of {execution} closed before its end")


async def cores_of(api: ApiProcess, seconds: float) -> float | None:
    before = process_seconds(api.pid)
    await asyncio.sleep(seconds)
    after = process_seconds(api.pid)
    return None if before is None or after is None else (after - before) / seconds


async def ends(product: Product) -> Mapping[str, float]:
    cursor = await product.connection.execute("select id::text, extract(epoch from ended_at)::float8 from interlock.executions")
    return {row[0]: row[1] for row in await cursor.fetchall()}
