"""The node types that definitions may use, as their executors describe them."""

import inspect
from collections.abc import Iterator
from typing import Any, Final

from pydantic import TypeAdapter

from interlock.api.call import Call
from interlock.api.models.node_types import DefinitionSchema, GetDefinitionSchema, GetNodeType, ListNodeTypes, NodeType, NodeTypeList
from interlock.definition import NodeKind, definition_schema
from interlock.definition.model.fields import PortName
from interlock.errors import NodeTypeNotFound
from interlock.nodes import NodeExecutor

Executor = NodeExecutor[Any]

_PORT_PATTERN: Final = TypeAdapter(PortName).json_schema()["pattern"]
_SHORT_FOR_WORDS: Final = frozenset({"AI", "API", "CSV", "HTTP", "JSON", "SQL"})


async def list_node_types(call: Call, request: ListNodeTypes) -> NodeTypeList:  # noqa: ARG001  # it has no fields
    return NodeTypeList(items=[_node_type(executor) for executor in call.services.node_types.executors()])


async def get_node_type(call: Call, request: GetNodeType) -> NodeType:
    types = call.services.node_types
    if types.find(request.type, request.subtype) is None:
        raise NodeTypeNotFound(f"there is no node type {request.type}/{request.subtype}", hint="GET /api/v1/node-types lists them")
    return _node_type(types.get(request.type, request.subtype))


async def get_definition_schema(call: Call, request: GetDefinitionSchema) -> DefinitionSchema:  # noqa: ARG001  # it has no fields
    return DefinitionSchema(json_schema=definition_schema())


def _node_type(executor: Executor) -> NodeType:
    info = executor.info()
    schema = info.parameters.model_json_schema()
    for name in info.raw & schema.get("properties", {}).keys():
        schema["properties"][name]["x-interlock-template"] = False
    return NodeType(
        type=info.type,
        subtype=info.subtype,
        title=_title(info.subtype),
        description=inspect.cleandoc(executor.__doc__ or ""),
        kind=info.kind,
        ports=list(info.ports),
        ports_from=None if info.ports_of is None else " ".join(dict.fromkeys(_pointers(schema, schema, ""))) or None,
        takes=sorted(info.takes),
        gives=[],
        is_trigger=info.kind is NodeKind.START,
        waits=info.waits,
        queue=executor.queue,
        parameters_schema=schema,
        needs_credential=sorted({kind for kinds in info.credentials.values() for kind in kinds}),
    )


def _title(subtype: str) -> str:
    """Returns `HTTP_REQUEST` as people write it: `HTTP request`."""
    text = " ".join(word if word in _SHORT_FOR_WORDS else word.lower() for word in subtype.split("_"))
    return text[:1].upper() + text[1:]


def _pointers(part: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
    """Finds the JSON pointers at which parameters name ports."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].removeprefix("#/$defs/")]
    if part.get("pattern") == _PORT_PATTERN:
        yield place
    for option in part.get("anyOf", ()):
        yield from _pointers(option, schema, place)
    if isinstance(part.get("items"), dict):
        yield from _pointers(part["items"], schema, f"{place}/*")
    for name, inner in part.get("properties", {}).items():
        yield from _pointers(inner, schema, f"{place}/{name}")
