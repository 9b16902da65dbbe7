"""Workflows for the tests, and a reader of event streams."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import httpx

JsonObject = dict[str, Any]

CHAIN_NODES: Final = ("begin", "one", "two", "three", "end")


def chain(name: str = "chain", **values: Any) -> JsonObject:
    """A trigger, three transforms and an end."""
    steps = [
        {"id": step, "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"at": step, **values}}} for step in CHAIN_NODES[1:-1]
    ]
    trigger = {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}
    end = {"id": "end", "type": "FLOW_NODE", "subtype": "END"}
    connections = [{"from": origin, "to": target} for origin, target in pairwise(CHAIN_NODES)]
    return {"name": name, "nodes": [trigger, *steps, end], "connections": connections}


async def save(client: httpx.AsyncClient, definition: JsonObject) -> JsonObject:
    answer = await client.post("/api/v1/workflows", json={"definition": definition})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def run(client: httpx.AsyncClient, workflow: str = "chain", **body: Any) -> str:
    answer = await client.post(f"/api/v1/workflows/{workflow}/run", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["execution_id"])


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    kind: str
    data: JsonObject


@asynccontextmanager
async def watching(client: httpx.AsyncClient, execution: str, since: int | None = None, **params: Any) -> AsyncIterator[AsyncIterator[Event]]:
    """The events of an execution over one connection."""
    headers = {} if since is None else {"Last-Event-ID": str(since)}
    async with client.stream("GET", f"/api/v1/executions/{execution}/events", headers=headers, params=params) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}
        else:
            fields = {}


async def all_events(client: httpx.AsyncClient, execution: str, since: int | None = None) -> list[Event]:
    """Reads all events to the end of the stream."""
    async with watching(client, execution, since) as events:
        return [event async for event in events]


def check_whole(events: list[Event]) -> None:
    """Checks that events are in order and none comes twice, and that the one `end` is last."""
    numbers = [event.id for event in events[:-1]]
    assert numbers == sorted(set(numbers)), "out of order, or twice"
    assert [event.kind == "end" for event in events] == [False] * (len(events) - 1) + [True]
    assert events[-1].data["execution"]["ended_at"] is not None
    for event in events:
        assert event.data["change_number"] == event.id
        assert event.data["kind"] == event.kind
