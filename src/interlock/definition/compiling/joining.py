"""Facts about the joins of a graph."""

from interlock.definition.compiling.components import strong_components
from interlock.definition.compiling.drawing import Drawing
from interlock.definition.model.join import CountJoin
from interlock.definition.model.node import NodeDefinition


def join_kind(node: NodeDefinition, incoming: int) -> str | None:
    """Returns how a node with this many incoming MAIN connections joins them, or None if it is no join."""
    if incoming < 2:
        return None
    return "count" if isinstance(node.join, CountJoin) else node.join


def join_count(node: NodeDefinition, incoming: int) -> int | None:
    """Returns how many tokens a first or count join needs."""
    kind = join_kind(node, incoming)
    if kind == "first":
        return 1
    return node.join.count if kind == "count" and isinstance(node.join, CountJoin) else None


def repeatable(drawing: Drawing) -> set[int]:
    """Returns the nodes that may be visited more than once: in a cycle, behind a join that goes before its last token or for each one."""
    cyclic = [node for component in strong_components(drawing.graph) if drawing.graph.is_cyclic(component) for node in component]
    joins = [
        position for position, typed in enumerate(drawing.nodes) if join_kind(typed.node, drawing.incoming[position]) in ("each", "first", "count")
    ]
    return drawing.graph.reached_from([*cyclic, *joins])
