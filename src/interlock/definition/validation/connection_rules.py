"""Rules about single connections."""

from collections.abc import Iterator

from interlock.definition.model.connection_type import ConnectionType
from interlock.definition.model.join import OnError
from interlock.definition.node_types import NodeKind
from interlock.definition.validation.definition_error import DefinitionError
from interlock.definition.validation.draft import Placed
from interlock.definition.validation.rule import AFTER_TRIGGER, Subject


def dangling_connections(subject: Subject) -> Iterator[DefinitionError]:
    for placed in subject.draft.connections:
        for word, node_id in (("from", placed.value.from_node), ("to", placed.value.to_node)):
            if node_id not in subject.draft.known_ids:
                near = subject.suggestions.nearest(node_id, subject.draft.known_ids)
                hint = f"Did you mean {near[0]!r}?" if near else "Use the id of a node of this workflow."
                message = f"The connection goes {word} {node_id!r}, which does not exist."
                yield subject.connection_error("dangling_connection", placed, node_id, message, hint)


def duplicate_connections(subject: Subject) -> Iterator[DefinitionError]:
    seen = set()
    for placed in subject.draft.connections:
        if placed.value in seen:
            message = f"The connection from {placed.value.from_node!r} through {placed.value.port!r} to {placed.value.to_node!r} is there twice."
            yield subject.connection_error("duplicate_connection", placed, placed.value.from_node, message, "Remove one of them.")
        seen.add(placed.value)


def missing_ports(subject: Subject) -> Iterator[DefinitionError]:
    for placed in _known_ends(subject):
        connection = placed.value
        if connection.type is not ConnectionType.MAIN:
            continue
        typed = subject.drawing.nodes[subject.drawing.number[connection.from_node]]
        ports = typed.ports()
        if ports is None or connection.port in ports:
            continue
        if connection.port == "error":
            message = f"A connection leaves {connection.from_node!r} through error, but its on_error is {typed.node.on_error}."
            yield subject.connection_error("error_port_not_enabled", placed, connection.from_node, message, "Set on_error: port on the node.")
        else:
            message = f"{connection.from_node!r} has no port {connection.port!r}."
            hint = f"Its ports are {', '.join(ports)}." if ports else "No connection can leave this node."
            yield subject.connection_error("missing_port", placed, connection.from_node, message, hint)


def capabilities_not_taken(subject: Subject) -> Iterator[DefinitionError]:
    for placed in _known_ends(subject):
        connection = placed.value
        info = subject.drawing.nodes[subject.drawing.number[connection.to_node]].info
        if connection.type is not ConnectionType.MAIN and info is not None and connection.type not in info.takes:
            message = f"{connection.to_node!r} ({info.type}/{info.subtype}) does not take {connection.type}."
            hint = f"It takes {', '.join(sorted(info.takes))}." if info.takes else "Connect it to a node that takes it, for example an agent."
            yield subject.connection_error("capability_not_taken", placed, connection.to_node, message, hint)


def connections_into_triggers(subject: Subject) -> Iterator[DefinitionError]:
    for placed in _known_ends(subject):
        node_id = placed.value.to_node
        if subject.drawing.nodes[subject.drawing.number[node_id]].kind is NodeKind.START:
            message = f"The trigger {node_id!r} takes no connections."
            yield subject.connection_error("trigger_takes_no_connection", placed, node_id, message, AFTER_TRIGGER)


def unconnected_error_ports(subject: Subject) -> Iterator[DefinitionError]:
    connected = {placed.value.from_node for placed in subject.draft.connections if placed.value.port == "error"}
    for position, typed in enumerate(subject.drawing.nodes):
        if typed.node.on_error is OnError.PORT and typed.node.id not in connected and subject.is_whole:
            message = "on_error is port, but no connection leaves through error."
            yield subject.error(
                "error_port_unconnected", position, message, "Connect the port error, or set on_error to fail or continue.", "on_error"
            )


def _known_ends(subject: Subject) -> Iterator[Placed]:
    number = subject.drawing.number
    return (placed for placed in subject.draft.connections if placed.value.from_node in number and placed.value.to_node in number)
