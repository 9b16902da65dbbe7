"""Definitions as people write them."""

from typing import Any

Definition = dict[str, Any]


def definition(name: str = "flow", *, code: str = "result = {}", **more: Any) -> Definition:
    """A trigger, and a node of the queue `default` that a test's worker does by hand."""
    return {
        "name": name,
        "nodes": [
            {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
            {"id": "work", "name": "Work", "type": "ACTION_NODE", "subtype": "RUN_CODE", "parameters": {"code": code}, "retry": {"max_attempts": 1}},
        ],
        "connections": [{"from": "start", "to": "work"}],
        **more,
    }
