"""The `ConnectionsMap`: connections keyed by the node that receives."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.connection_type import ConnectionType
from interlock.definition.model.fields import NodeId, PortName


class Supplier(DefinitionModel):
    """One node from which a connection leads to the receiver."""

    node: NodeId
    type: ConnectionType | None = None
    """The type of the connection. Default: the name of its group."""
    port: PortName = "main"


class Suppliers(DefinitionModel):
    """All connections of one type into a receiver."""

    connections: tuple[Supplier, ...]


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class Receiver(DefinitionModel):
    """What one node receives, by connection type. The name of a type may be in lower case."""

    connection_types: dict[Annotated[ConnectionType, BeforeValidator(_upper)], Suppliers]


ConnectionsMap = dict[NodeId, Receiver]
_NODE_ID: Final[TypeAdapter[str]] = TypeAdapter(NodeId)
_TYPE: Final[TypeAdapter[ConnectionType]] = TypeAdapter(Annotated[ConnectionType, BeforeValidator(_upper)])


def connection_items(value: Any) -> Any:
    """Returns the connections of a list or a `ConnectionsMap` as a list of raw connections, in order.

    A value with neither shape is returned as it is, so that reading it as a list reports the error.
    """
    return [item for _, item in located_items(value)] if isinstance(value, dict) else value


def located_items(value: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yields every connection of a `ConnectionsMap` as a raw connection, with its place in the map.

    A part that does not have the shape of the map is yielded as it is, so that the reader of connections refuses it. A name without connections
    that is none is yielded as a connection from the node to itself, so that it is refused too.
    """
    for receiver, groups in value.items():
        types = groups.get("connection_types") if isinstance(groups, dict) and set(groups) == {"connection_types"} else None
        if not isinstance(types, dict):
            yield (receiver,), groups
            continue
        if not types and not _is_valid(_NODE_ID, receiver):
            yield (receiver,), _connection(receiver, ConnectionType.MAIN, {"node": receiver})
        for type_name, group in types.items():
            place = (receiver, "connection_types", type_name)
            suppliers = group.get("connections") if isinstance(group, dict) and set(group) == {"connections"} else None
            if not isinstance(suppliers, list):
                yield place, group
                continue
            if not suppliers and not (_is_valid(_NODE_ID, receiver) and _is_valid(_TYPE, type_name)):
                yield place, _connection(receiver, type_name, {"node": receiver})
            for position, supplier in enumerate(suppliers):
                yield (*place, "connections", position), _connection(receiver, type_name, supplier)


def _connection(receiver: str, type_name: str, supplier: Any) -> Any:
    if not isinstance(supplier, dict) or "node" not in supplier:
        return supplier
    given = supplier.get("type", type_name)
    same = isinstance(given, str) and given.upper() == type_name.upper()
    rest = {key: item for key, item in supplier.items() if key not in ("node", "type")}
    return {"from": supplier["node"], "to": receiver, "type": given.upper() if same else f"{given} in the group {type_name}", **rest}


def _is_valid(kind: TypeAdapter[Any], value: object) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True
