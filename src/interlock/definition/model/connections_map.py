"""The `ConnectionsMap`: connections keyed by the node that receives."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

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

    connection_types: dict[Annotated[ConnectionType, BeforeValidator(_upper)], Suppliers] = Field(default_factory=dict)


ConnectionsMap = dict[NodeId, Receiver]


def connection_items(value: Any) -> Any:
    """Returns the connections of a list or a `ConnectionsMap` as a list of raw connections, in order.

    A value with neither shape is returned as it is, so that reading it as a list reports the error.
    """
    return [item for _, item in located_items(value)] if isinstance(value, dict) else value


def located_items(value: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yields every connection of a `ConnectionsMap` as a raw connection, with its place in the map.

    A part that does not have the shape of the map is yielded as it is, so that the reader of connections refuses it.
    """
    for receiver, groups in value.items():
        types = groups.get("connection_types") if isinstance(groups, dict) and set(groups) == {"connection_types"} else None
        if not isinstance(types, dict):
            yield (receiver,), groups
            continue
        for type_name, group in types.items():
            place = (receiver, "connection_types", type_name)
            suppliers = group.get("connections") if isinstance(group, dict) and set(group) == {"connections"} else None
            if not isinstance(suppliers, list):
                yield place, group
                continue
            for position, supplier in enumerate(suppliers):
                yield (*place, "connections", position), _connection(receiver, type_name, supplier)


def _connection(receiver: str, type_name: str, supplier: Any) -> Any:
    if not isinstance(supplier, dict) or "node" not in supplier:
        return supplier
    given = supplier.get("type", type_name)
    same = isinstance(given, str) and given.upper() == type_name.upper()
    rest = {key: item for key, item in supplier.items() if key not in ("node", "type")}
    return {"from": supplier["node"], "to": receiver, "type": given.upper() if same else f"{given} in the group {type_name}", **rest}
