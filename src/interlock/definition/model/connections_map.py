"""The `ConnectionsMap`: connections keyed by the node that receives."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.connection_type import ConnectionType
from interlock.definition.model.fields import NodeId, PortName


class Supplier(DefinitionModel):
    """One node that the receiver is connected from."""

    node: NodeId
    type: ConnectionType | None = None
    """The connection's type; the name of its group where it is left out."""
    port: PortName = "main"


class Suppliers(DefinitionModel):
    """All connections of one type into a receiver."""

    connections: tuple[Supplier, ...]


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class Receiver(DefinitionModel):
    """What one node receives, by connection type; the type's name may be in lower case."""

    connection_types: dict[Annotated[ConnectionType, BeforeValidator(_upper)], Suppliers] = Field(default_factory=dict)


ConnectionsMap = dict[NodeId, Receiver]


def connection_items(value: Any) -> Any:
    """Connections as a list of raw connections, from a list or a `ConnectionsMap`, in the order in which they stand there.

    What has neither shape is returned as it is, so that reading it as a list names the error.
    """
    return [item for _, item in located_items(value)] if isinstance(value, dict) else value


def located_items(value: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every connection of a `ConnectionsMap` as a raw connection, with its place in the map.

    Anything that does not have the map's shape is given as it is, for the reader of a connection to refuse.
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
