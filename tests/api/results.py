"""Results of which one is bad, for both faces, and a workflow that has several at once."""

from typing import Any, Final

from tests.api.rest.workflows import JsonObject

BAD: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "an outcome that does not exist": ({"outcome": "done"}, "results[1].outcome"),
    "a field that does not exist": ({"outptu": {}}, "results[1].outptu"),
    "an attempt that is text": ({"attempt": "1"}, "results[1].attempt"),
    "an output that is no object": ({"output": [1]}, "results[1].output"),
    "a NUL, deep inside": ({"output": {"a": [{"b c": "\0"}]}}, 'results[1].output.a[0]["b c"]'),
    "no error": ({"outcome": "failed"}, "results[1].error"),
    "an error too much": ({"error": {"code": "c", "message": "m"}}, "results[1].error"),
    "an error without a message": ({"outcome": "failed", "error": {"code": "c"}}, "results[1].error.message"),
    "a code of the database": ({"outcome": "failed", "error": {"code": "join_unfilled", "message": "m"}}, "results[1].error.code"),
}
"""What is changed in the second of three results, and the place that is named."""
ONLY_JSON: Final = frozenset(
    {"a field that does not exist", "an attempt that is text", "an output that is no object", "an outcome that does not exist"}
)
"""Those that a message cannot have in this form; it has its own."""


def fork(width: int) -> JsonObject:
    steps = [{"id": f"s{n}", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {}}} for n in range(width)]
    return {
        "name": "fork",
        "nodes": [{"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, *steps],
        "connections": [{"from": "begin", "to": step["id"]} for step in steps],
    }
