"""Bodies that are dear to read: while several callers send them without pause, `/healthz` of the same process is asked again and again."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.quantiles import quantile
from benchmarks.measuring.report import table
from benchmarks.workload.api_process import ApiProcess, api_process
from benchmarks.workload.definitions import chain
from benchmarks.workload.product import ROOT, end, installed
from interlock.api.grpc.methods import METHODS
from interlock.api.grpc.v1 import executions_pb2

SECONDS = 5.0
CALLERS = 4
PAUSE_SECONDS = 0.02
TARGET_MS = 100.0
LONG = 5_000
BACKSLASH = "\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A request; without a text it is a GET. A call over gRPC has its message in base64 as text."""

    path: str
    text: str | None = None
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    is_grpc: bool = False


async def run(bench: Bench) -> Outcome:
    async with installed(bench.server, "hostile", chain(1), chain(LONG - 1)) as product, api_process(product) as api:
        quiet = await while_sent(api, None)
        waits = {}
        for name, body in {**kinds(), "a large execution, read over gRPC": await reading_over_grpc(api)}.items():
            bench.say(f"{CALLERS} callers, {SECONDS:.0f} s: {name}")
            waits[name] = await while_sent(api, body)
    rows = [(name, len(taken), quantile(taken, 0.5), quantile(taken, 0.99), max(taken)) for name, taken in {"nothing": quiet, **waits}.items()]
    return Outcome(
        name="hostile",
        figure=max(max(taken) for taken in waits.values()),
        unit="ms (longest wait for /healthz)",
        better=Better.LESS,
        target=TARGET_MS,
        settings={"callers": CALLERS, "seconds_each": SECONDS, "api_processes": 1, "role": "editor"},
        details={name: {"p50_ms": p50, "p99_ms": p99, "worst_ms": worst} for name, _, p50, p99, worst in rows},
        tables=(table("`/healthz` while hostile requests are sent, ms", "what is sent", "asked", "p50", "p99", "worst", rows=rows),),
        notes=("Each caller sends the next request as soon as the one before is answered. The callers share the two cores with the API.",),
    )


async def while_sent(api: ApiProcess, body: Hostile | None) -> list[float]:
    """Milliseconds of each `/healthz` while the callers send."""
    async with aiohttp.ClientSession(api.url) as client, callers(api, body):
        taken = []
        ends = time.perf_counter() + SECONDS
        while time.perf_counter() < ends:
            began = time.perf_counter()
            async with client.get("/healthz") as answer:
                await answer.read()
            taken.append((time.perf_counter() - began) * 1000)
            assert answer.status == 200, answer.status
            await asyncio.sleep(PAUSE_SECONDS)
    return taken


@asynccontextmanager
async def callers(api: ApiProcess, body: Hostile | None) -> AsyncIterator[None]:
    """A process of its own that sends the same request again and again."""
    if body is None:
        yield
        return
    order = {
        "grpc": body.is_grpc,
        "url": api.grpc_target if body.is_grpc else api.url,
        "headers": {**api.headers, "Content-Type": body.kind, **body.headers},
        "callers": CALLERS,
        "path": body.path,
        "body": body.text,
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.workload.hostile_callers", stdin=PIPE, stdout=PIPE, cwd=ROOT)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(order).encode() + b"\n")
        await process.stdin.drain()
        assert await process.stdout.readline() == b"sent\n"
        yield
    finally:
        await end(process)


def kinds() -> Mapping[str, Hostile]:
    """What is sent, by name. The texts are made once."""
    doubled = {"input": {f"k{number}": 1 for number in range(70_000)}}
    return {
        "JSON with a key twice": posting("/api/v1/workflows/chain of 1/run", json.dumps(doubled)[:-2] + ', "k0": 2}}'),
        "JSON of long numbers": posting("/api/v1/workflows/chain of 1/run", '{"input": {"a": [' + ", ".join(["9" * 4_300] * 230) + "]}}"),
        "JSON that is deep": posting("/api/v1/workflows/chain of 1/run", '{"input": ' + '{"a": ' * 95 + "1" + "}" * 96),
        "JSON of many small values": posting("/api/v1/workflows/chain of 1/run", '{"input": {"a": [' + ", ".join(["{}"] * 240_000) + "]}}"),
        "a long chain": validating(chain(LONG - 1)),
        "a dense graph": validating(dense(350, 12_000)),
        "10,000 expressions": validating(expressions(10_000)),
        "100,000 expressions": validating(expressions(100_000)),
        "connections to nowhere": validating(dangling(15_000)),
        "YAML of small values": posting("/api/v1/workflows/validate", "name: x\nnodes: [" + "a, " * 330_000 + "]\n", "application/yaml"),
        "a saved long chain, read": getting(f"/api/v1/workflows/chain of {LONG - 1}"),
        "JSON of many empty lists": posting("/api/v1/workflows/chain of 1/run", many_lists(340_000)),
        "a definition of far too many empty lists": posting("/api/v1/workflows/validate", f'{{"definition": {many_lists(1_900_000)}}}'),
        "a definition of many empty lists, saved": posting("/api/v1/workflows", json.dumps({"definition": of_lists()}, separators=(",", ":"))),
        "a definition of many empty lists, read": getting("/api/v1/workflows/lists"),
        "a long chain, saved": posting("/api/v1/workflows", json.dumps({"definition": chain(LONG - 1)})),
        "1,200 errors below a key of 300 KB": validating(drawn([passing("a", {"k" * 300_000: ["{{ ) }}"] * 1_200})], [("start", "a")])),
        "a cookie of backslashes": Hostile(
            path="/api/v1/session", headers={"Cookie": f'interlock_session="{BACKSLASH * 60_000}"', "Authorization": ""}
        ),
        "a query of many names": getting("/api/v1/executions?" + "&".join(f"a{number}=1" for number in range(6_000))),
    }


def many_lists(count: int) -> str:
    return '{"input": {"a": [' + ",".join(["[]"] * count) + "]}}"


def of_lists() -> dict[str, Any]:
    return {**drawn([passing("a", {"x": [[] for _ in range(330_000)]})], [("start", "a")]), "name": "lists"}


async def reading_over_grpc(api: ApiProcess) -> Hostile:
    """Starts an execution with a large input, and returns the call that reads it."""
    large = {"input": {"a": [0] * 240_000}}
    async with aiohttp.ClientSession(api.url, headers=api.headers) as client, client.post("/api/v1/workflows/chain of 1/run", json=large) as answer:
        started = await answer.json()
    message = executions_pb2.GetExecutionRequest(execution_id=started["execution_id"]).SerializeToString()
    return Hostile(path=METHODS["get_execution"].path, text=b64encode(message).decode(), is_grpc=True)


def posting(path: str, text: str, kind: str = "application/json") -> Hostile:
    return Hostile(path=path, text=text, kind=kind)


def getting(path: str) -> Hostile:
    return Hostile(path=path)


def validating(definition: Mapping[str, Any]) -> Hostile:
    return posting("/api/v1/workflows/validate", json.dumps({"definition": definition}, separators=(",", ":")))


def drawn(nodes: list[dict[str, Any]], pairs: list[tuple[str, str]]) -> dict[str, Any]:
    start = {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}
    return {"name": "hostile", "nodes": [start, *nodes], "connections": [{"from": source, "to": target} for source, target in pairs]}


def passing(name: str, values: Any = None) -> dict[str, Any]:
    return {"id": name, "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": values or {}}}


def dense(nodes: int, connections: int) -> dict[str, Any]:
    """As many connections forward, from each node to those that follow it, as asked for."""
    pairs = [("start", "n0")]
    distance = 0
    while len(pairs) < connections:
        distance += 1
        pairs += [(f"n{number}", f"n{number + distance}") for number in range(nodes - distance)]
    return drawn([passing(f"n{number}") for number in range(nodes)], pairs[:connections])


def expressions(count: int) -> dict[str, Any]:
    return drawn([passing("a", {"text": "{{ a }}" * count})], [("start", "a")])


def dangling(count: int) -> dict[str, Any]:
    return drawn([passing(f"n{number}") for number in range(2_000)], [("start", f"m{number}") for number in range(count)])
