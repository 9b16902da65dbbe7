"""Workflows that the tests of the command line use, as files."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

WriteWorkflow = Callable[..., str]


@pytest.fixture
def workflow_file(tmp_path: Path) -> WriteWorkflow:
    """Writes a chain of nodes, or a whole definition, to a file and gives its path."""

    def write(name: str, *nodes: dict[str, Any], connections: list[dict[str, str]] | None = None, **more: Any) -> str:
        begin = {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}
        ids = ["begin", *[node["id"] for node in nodes]]
        chain = [{"from": origin, "to": target} for origin, target in pairwise(ids)]
        definition = {"name": name, "nodes": [begin, *nodes], "connections": chain if connections is None else connections, **more}
        path = tmp_path / f"{name.replace(' ', '_')}.json"
        path.write_text(json.dumps(definition))
        return str(path)

    return write


def transform(node_id: str, **values: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": values}}


def wait(node_id: str, seconds: float, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": seconds}, **more}


def fail(node_id: str, message: str) -> dict[str, Any]:
    return {"id": node_id, "type": "FLOW_NODE", "subtype": "FAIL", "parameters": {"code": "on_purpose", "message": message}}
