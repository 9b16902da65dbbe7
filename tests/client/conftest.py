import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from interlock.cli.serving import worker_settings, working
from interlock.client import Client
from tests.api.conftest import api, serve
from tests.api.serving import Api

__all__ = ["api", "serve"]


@pytest.fixture
def unused_port() -> int:
    """A port at which nobody answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port


@pytest.fixture
async def client(api: Api) -> AsyncIterator[Client]:
    """A client with an admin's key."""
    async with Client(api.url, api_key=await api.key()) as opened:
        yield opened


@pytest.fixture
async def worker(database_url: str) -> AsyncIterator[None]:
    """A worker that works during the test."""
    async with working(worker_settings(database_url, [], name="tester", lease_seconds=30)):
        yield


def chain(name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    """A workflow whose nodes follow each other."""
    nodes = [{"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, *steps]
    return {"name": name, "nodes": nodes, "connections": [{"from": nodes[at]["id"], "to": nodes[at + 1]["id"]} for at in range(len(steps))]}


def step(node_id: str, **values: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": values}}


def pause(node_id: str, seconds: float) -> dict[str, Any]:
    return {"id": node_id, "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": seconds}}
