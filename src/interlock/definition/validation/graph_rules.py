"""Rules about the graph as a whole."""

from collections.abc import Iterator

from interlock.definition.compiling.graph import Graph
from interlock.definition.model.connection_type import ConnectionType
from interlock.definition.node_types import NodeKind
from interlock.definition.validation.definition_error import DefinitionError
from interlock.definition.validation.rule import Subject


def missing_trigger(subject: Subject) -> Iterator[DefinitionError]:
    if subject.is_whole and not _triggers(subject):
        message = "The workflow has no trigger, so nothing can start it."
        yield DefinitionError(code="no_trigger", place="/nodes", message=message, hint="Add a node of the type TRIGGER_NODE/MANUAL.")


def unreachable_nodes(subject: Subject) -> Iterator[DefinitionError]:
    """Warnings: nodes to which no path leads from a trigger, and which supply no capability to such a node."""
    drawing, triggers = subject.drawing, _triggers(subject)
    if not subject.is_whole or not triggers:
        return
    reached = drawing.graph.reached_from(triggers)
    supplies = [item for item in drawing.connections if item.type is not ConnectionType.MAIN]
    backwards = Graph.of(len(drawing.nodes), ((drawing.number[item.to_node], drawing.number[item.from_node]) for item in supplies))
    useful = backwards.reached_from(reached)
    for position in range(len(drawing.nodes)):
        if position not in useful:
            yield subject.error("unreachable_node", position, "No path leads here from a trigger.", "Connect the node, or remove it.")


def _triggers(subject: Subject) -> list[int]:
    return [position for position, typed in enumerate(subject.drawing.nodes) if typed.kind is NodeKind.START]
