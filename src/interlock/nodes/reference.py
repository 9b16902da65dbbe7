"""Writes the reference of node types from the executors themselves: `python -m interlock.nodes.reference docs/reference/nodes.md`."""

import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from interlock.definition.model.credential_name import CREDENTIAL_FORMAT
from interlock.definition.node_types import NodeKind
from interlock.nodes.factory import Executor, NodeExecutorFactory

_HEAD = """# Node types

Written by `python -m interlock.nodes.reference`; a test compares it with the executors.

Text in a parameter is a template with [expressions](expressions.md), except where the type is *expression* or the line says *not a template*.
Every node also has the fields of [all nodes](definition.md#node), such as `retry`, `on_error` and `queue`. With `on_error: port` it also has a port
`error`. Another package adds node types: [write your own node](../how-to/write-your-own-node.md).
"""

_RESOLVED_BY: Final[Mapping[str, str]] = {
    NodeKind.WORKER: "a worker",
    NodeKind.START: "the database, when an execution starts",
    NodeKind.CHOOSE: "the database if it can decide the conditions, else a worker",
    NodeKind.PASS: "the database",
    NodeKind.WAIT: "the database; a worker if the time is more than a plain path or value",
    NodeKind.SET_CONTEXT: "the database; a worker if a value is more than a plain path or text",
    NodeKind.FAIL: "the database; a worker if the message is more than a plain path or text",
    NodeKind.END: "the database",
}


def write_reference(executors: Iterable[Executor]) -> str:
    """One page: for each node type what it does, its ports, and its parameters."""
    return "\n".join([_HEAD, *(line for executor in executors for line in _section(executor))])


def _section(executor: Executor) -> Iterator[str]:
    yield f"## {executor.type} / {executor.subtype}"
    yield ""
    yield inspect.cleandoc(executor.__doc__ or "")
    yield ""
    queue = f" Queue: `{executor.queue}`." if executor.kind is NodeKind.WORKER else ""
    queue += " Runs in a process of its own." if executor.isolation == "process" else ""
    queue += " Has no [side effects](worker.md#running-ahead)." if not executor.has_side_effects else ""
    yield f"Resolved by {_RESOLVED_BY.get(executor.kind, 'the database; a worker if it cannot decide')}. Ports: {_ports(executor)}.{queue}"
    yield ""
    if executor.errors:
        codes = ", ".join(f"[`{error.code}`](../errors.md#{error.code})" for error in executor.errors)
        yield f"Errors of its own: {codes}."
        yield ""
    schema = executor.parameters.model_json_schema()
    if not schema.get("properties"):
        yield "No parameters."
        yield ""
        return
    yield from _table(schema, schema, executor.raw)
    for name, definition in schema.get("$defs", {}).items():
        if "properties" in definition:
            yield f"`{name}`: {_line(definition.get('description', ''))}"
            yield ""
            yield from _table(definition, schema, frozenset())


def _ports(executor: Executor) -> str:
    if executor.info().ports_of is not None:
        return "those that its parameters name"
    return ", ".join(f"`{port}`" for port in executor.ports) or "none"


def _table(model: dict[str, Any], schema: dict[str, Any], raw: frozenset[str]) -> Iterator[str]:
    yield "| parameter | type | default | |"
    yield "| --- | --- | --- | --- |"
    for name, field in model["properties"].items():
        default = "required" if name in model.get("required", ()) else f"`{json.dumps(field.get('default', _empty(field)), ensure_ascii=False)}`"
        kind = _type(field, schema)
        is_said = kind == "expression" or "not a template" in field.get("description", "").lower()
        note = " *Not a template.*" if name in raw and not is_said else ""
        yield f"| `{name}` | {kind} | {default} | {_line(field.get('description', ''))}{note} |"
    yield ""


def _empty(field: dict[str, Any]) -> Any:
    return {"object": {}, "array": []}.get(field.get("type", ""))


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def _type(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """A JSON Schema in a few words."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        return f"`{name}`" if "properties" in schema["$defs"][name] else _type(schema["$defs"][name], schema)
    if "enum" in field or "const" in field:
        return " \\| ".join(f"`{json.dumps(value)}`" for value in field.get("enum", [field.get("const")]))
    if "anyOf" in field:
        return " \\| ".join(dict.fromkeys(_type(option, schema) for option in field["anyOf"]))
    return _container(field, schema) if field.get("type") in ("array", "object") else _plain(field)


def _container(field: dict[str, Any], schema: dict[str, Any]) -> str:
    word, inner = ("list", field.get("items")) if field["type"] == "array" else ("object", field.get("additionalProperties"))
    kind = _type(inner, schema) if isinstance(inner, dict) else "any JSON"
    if kind == "any JSON":
        return word
    return f"{word} of ({kind})" if "|" in kind else f"{word} of {kind}"


def _plain(field: dict[str, Any]) -> str:
    if field.get("format") == "interlock-expression":
        return "expression"
    if field.get("format") == CREDENTIAL_FORMAT:
        return f"name of a credential ({', '.join(field['kinds']) or 'any kind'})"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true \\| false", "null": "null", None: "any JSON"}
    least = field.get("minimum", field.get("exclusiveMinimum"))
    most = field.get("maximum", field.get("exclusiveMaximum"))
    above = "more than " if "exclusiveMinimum" in field else ""
    bounds = f", {above}{least:,} to {most:,}" if least is not None and most is not None else ""
    longest = f", at most {field['maxLength']:,} characters" if "maxLength" in field else ""
    return f"{words[field.get('type')]}{bounds}{longest}"


def main() -> None:
    """Writes the page to the file that is named, else to standard output."""
    ours = [executor for executor in NodeExecutorFactory.from_entry_points().executors() if type(executor).__module__.startswith("interlock.")]
    page = write_reference(ours)
    if len(sys.argv) > 1:
        target = Path(sys.argv[1])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page)
    else:
        sys.stdout.write(page)


if __name__ == "__main__":
    main()
