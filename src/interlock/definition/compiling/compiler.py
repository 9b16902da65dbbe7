"""Compiles a definition to rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from interlock.definition.compiling.compiled import CompiledConnection, CompiledNode, CompiledWorkflow
from interlock.definition.compiling.drawing import Drawing, TypedNode
from interlock.definition.compiling.errors import CannotCompile
from interlock.definition.compiling.expressions import expressions_of
from interlock.definition.compiling.joining import join_count, join_kind, repeatable
from interlock.definition.compiling.order import compiled_order
from interlock.definition.compiling.reaches import Reach, Reachability, reach_rows
from interlock.definition.expressions.program import Program, text_program
from interlock.definition.expressions.references import References
from interlock.definition.flow_nodes.inline import inline_program
from interlock.definition.model.connection_type import ConnectionType
from interlock.definition.model.join import CountJoin
from interlock.definition.model.workflow import WorkflowDefinition
from interlock.definition.node_types import NodeKind, NodeTypeLookup

REACH_LIMIT: Final = 1_000_000


def compile_definition(definition: WorkflowDefinition, node_types: NodeTypeLookup) -> CompiledWorkflow:
    """Returns the rows of a version, for a definition in which `validate_definition` finds no error.

    Raises:
        CannotCompile: a node type is unknown, an id is given twice, a connection dangles, a count is larger than its join,
            or the joins are so entangled that they need more than 1,000,000 reach ranges.
        ExpressionError: an expression cannot be read.
    """
    drawing = _drawn(definition, node_types)
    counts = {position for position, typed in enumerate(drawing.nodes) if join_count(typed.node, drawing.incoming[position])}
    order = compiled_order(drawing.graph, counts)
    connections = _connections(drawing, order)
    return CompiledWorkflow(
        semantics=definition.semantics,
        virtual_users=str(definition.virtual_users),
        lock_program=_lock_program(definition.lock),
        timeout_seconds=definition.timeout_seconds,
        nodes=_nodes(drawing, order),
        connections=connections,
        reaches=_reaches(drawing, order, connections),
    )


def _drawn(definition: WorkflowDefinition, node_types: NodeTypeLookup) -> Drawing:
    drawing = Drawing([TypedNode.of(node, node_types) for node in definition.nodes], definition.connections)
    if len(drawing.number) < len(definition.nodes):
        raise CannotCompile("An id of a node is given twice.")
    for connection in definition.connections:
        for node_id in (connection.from_node, connection.to_node):
            if node_id not in drawing.number:
                raise CannotCompile(f"A connection names the node {node_id!r}, which is not there.")
    for typed, incoming in zip(drawing.nodes, drawing.incoming, strict=True):
        if typed.info is None:
            raise CannotCompile(f"The type {typed.node.type}/{typed.node.subtype} of the node {typed.node.id!r} is unknown.")
        if isinstance(typed.node.join, CountJoin) and typed.node.join.count > incoming:
            raise CannotCompile(f"The join {typed.node.id!r} counts to {typed.node.join.count}, but only {incoming} connections come in.")
    return drawing


def _connections(drawing: Drawing, order: Sequence[int]) -> tuple[CompiledConnection, ...]:
    number = {position: node_no for node_no, position in enumerate(order)}
    slots = [0] * len(order)
    rows = []
    for connection_no, item in enumerate(drawing.connections):
        target = number[drawing.number[item.to_node]]
        slot = slots[target] if item.type is ConnectionType.MAIN else None
        slots[target] += slot is not None
        source = number[drawing.number[item.from_node]]
        rows.append(CompiledConnection(connection_no=connection_no, from_node=source, port=item.port, to_node=target, slot=slot, type=str(item.type)))
    return tuple(rows)


def _nodes(drawing: Drawing, order: Sequence[int]) -> tuple[CompiledNode, ...]:
    number = {drawing.nodes[position].node.id: node_no for node_no, position in enumerate(order)}
    references = [_references(typed) for typed in drawing.nodes]
    named = References.together(references).nodes
    again = repeatable(drawing)
    indexed = {
        position for position, typed in enumerate(drawing.nodes) if position in again or typed.node.ordered or named is None or typed.node.id in named
    }
    return tuple(
        _node(drawing, position, _needs(references[position], number), references[position].context, position in again, position in indexed, node_no)
        for node_no, position in enumerate(order)
    )


def _node(
    drawing: Drawing,
    position: int,
    needs: tuple[int, ...] | None,
    uses_context: bool,
    is_repeatable: bool,
    is_indexed: bool,
    node_no: int,
) -> CompiledNode:
    typed, incoming = drawing.nodes[position], drawing.incoming[position]
    node = typed.node
    return CompiledNode(
        node_no=node_no,
        node_id=node.id,
        name=node.name or node.id,
        type=node.type,
        subtype=node.subtype,
        kind=str(typed.kind),
        queue=typed.queue,
        requires=None if typed.info is None or typed.info.is_built_in or node.disabled else f"{node.type}/{node.subtype}",
        join_kind=join_kind(node, incoming),
        join_count=join_count(node, incoming),
        late=str(node.late),
        slot_count=incoming,
        fan_out=drawing.fan_outs[position],
        ordered=node.ordered,
        is_repeatable=is_repeatable,
        is_indexed=is_indexed,
        on_error=str(node.on_error),
        max_attempts=node.retry.max_attempts,
        retry_initial_seconds=node.retry.initial_seconds,
        retry_multiplier=node.retry.multiplier,
        retry_max_seconds=node.retry.max_seconds,
        retry_jitter=node.retry.jitter,
        timeout_seconds=node.timeout_seconds,
        max_visits=node.max_visits,
        lock_program=None if node.disabled else _lock_program(node.lock),
        inline=_inline(typed),
        parameters=node.parameters,
        needs=needs,
        uses_context=uses_context,
        ends=drawing.ends[position],
    )


def _references(typed: TypedNode) -> References:
    if typed.node.disabled:
        return References()
    if typed.info is not None and typed.info.sees_all:
        return References(None, context=True)
    return References.together(found.references() for found in expressions_of(typed.node, typed.info))


def _needs(references: References, number: Mapping[str, int]) -> tuple[int, ...] | None:
    return None if references.nodes is None else tuple(sorted(number[node_id] for node_id in references.nodes if node_id in number))


def _inline(typed: TypedNode) -> dict[str, Any] | None:
    if typed.kind in (NodeKind.PASS, NodeKind.START, NodeKind.END):
        return {}
    return None if typed.kind is NodeKind.WORKER else inline_program(typed.parameters)


def _lock_program(lock: str | None) -> Program | None:
    if lock is None:
        return None
    program = text_program(lock)
    if program is None:
        raise CannotCompile(f"The lock {lock!r} needs an evaluator; a lock is text with paths in it.")
    return program


def _reaches(drawing: Drawing, order: Sequence[int], connections: Sequence[CompiledConnection]) -> tuple[Reach, ...]:
    sources: dict[int, list[int]] = {}
    for connection in connections:
        if connection.slot is not None:
            sources.setdefault(connection.to_node, []).append(connection.from_node)
    reachability = Reachability(drawing.graph.renumbered(order))
    rows: list[Reach] = []
    for join in _waiting_joins(drawing, order):
        rows.extend(reach_rows(join, reachability.slot_sets(join, sources[join])))
        if len(rows) > REACH_LIMIT:
            raise CannotCompile(f"The joins of this graph need more than {REACH_LIMIT:,} reach ranges.")
    return tuple(rows)


def _waiting_joins(drawing: Drawing, order: Sequence[int]) -> Iterator[int]:
    for node_no, position in enumerate(order):
        if join_kind(drawing.nodes[position].node, drawing.incoming[position]) in ("all", "first", "count"):
            yield node_no
