"""Examples for the reference. A test runs them in this order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A shell command that uses `URL` and `KEY`."""

    about: str
    command: str


EXAMPLES: Final[Sequence[Example]] = (
    Example(
        about="Save a workflow:",
        command="""\
curl -fsS -H "Authorization: Bearer $KEY" -H 'Content-Type: application/yaml' "$URL/api/v1/workflows" --data-binary @- <<'YAML'
name: greeting
nodes:
  - {id: begin, type: TRIGGER_NODE, subtype: MANUAL}
  - {id: greet, type: ACTION_NODE, subtype: TRANSFORM, parameters: {values: {text: "Hello, {{ input.name }}"}}}
connections:
  - {from: begin, to: greet}
YAML""",
    ),
    Example(
        about="Run it; a repeat with the same key returns the same execution:",
        command="""\
curl -fsS -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -H 'Idempotency-Key: greeting-1' \\
     -d '{"input": {"name": "Ada"}}' "$URL/api/v1/workflows/greeting/run\"""",
    ),
    Example(
        about="List the executions that run or failed:",
        command="""\
curl -fsS -H "Authorization: Bearer $KEY" "$URL/api/v1/executions?status=running&status=failed&limit=10\"""",
    ),
    Example(
        about="Watch one until it ends:",
        command="""\
ID=$(curl -fsS -H "Authorization: Bearer $KEY" "$URL/api/v1/executions?limit=1" | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4)
curl -fsSN -H "Authorization: Bearer $KEY" "$URL/api/v1/executions/$ID/events\"""",
    ),
    Example(
        about="Read what it did:",
        command="""\
ID=$(curl -fsS -H "Authorization: Bearer $KEY" "$URL/api/v1/executions?limit=1" | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4)
curl -fsS -H "Authorization: Bearer $KEY" "$URL/api/v1/executions/$ID\"""",
    ),
    Example(
        about="Change the workflow, unless somebody else has changed it:",
        command="""\
curl -fsS -X PUT -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -H 'If-Match: "1"' "$URL/api/v1/workflows/greeting" -d '
{"definition": {"name": "greeting", "nodes": [{"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
 {"id": "greet", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"text": "Good day, {{ input.name }}"}}}],
 "connections": [{"from": "begin", "to": "greet"}]}}'""",
    ),
)
