"""Rules about loops: those that cannot end, those that grow with every round, and joins that mix their rounds."""

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet

from interlock.definition.compiling.components import strong_components
from interlock.definition.compiling.drawing import TypedNode
from interlock.definition.compiling.expressions import expressions_of
from interlock.definition.compiling.graph import Graph
from interlock.definition.compiling.joining import join_kind, repeatable
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.references import References
from interlock.definition.model.join import Late, OnError
from interlock.definition.node_types import NodeKind
from interlock.definition.validation.definition_error import DefinitionError
from interlock.definition.validation.flow import Flow
from interlock.definition.validation.mixing import Mixture, find_mixtures
from interlock.definition.validation.multiplying import Growth, find_growth
from interlock.definition.validation.rule import Subject

NAMES_SHOWN = 10


def endless_loops(subject: Subject) -> Iterator[DefinitionError]:
    """Loops that no connection leaves, in which no port leads nowhere and nothing waits."""
    if not subject.is_whole:
        return
    flow = Flow.of(subject.drawing)
    for loop in _closed_loops(subject, flow):
        message = f"The loop {_names(subject, loop)} has no exit, and nothing in it waits."
        yield subject.error("endless_loop", loop[0], message, "Connect a node of it to one outside, or add a WAIT.")


def loops_without_end(subject: Subject) -> Iterator[DefinitionError]:
    """Warnings: loops that have an exit which is never taken, or taken in every round beside the way back."""
    if not subject.is_whole:
        return
    flow = Flow.of(subject.drawing)
    reported = {position for loop in _closed_loops(subject, flow) for position in loop}
    for loop in _undecided_loops(subject, flow):
        if reported.isdisjoint(loop):
            message = f"Nothing in the loop {_names(subject, loop)} decides whether it goes on: it starts another round each time."
            hint = "Add an IF or another choice to the loop, with a port that leads out of it."
            yield subject.error("loop_without_end", loop[0], message, hint)
            reported.update(loop)
    for loop in _unchanging_loops(subject, flow):
        if reported.isdisjoint(loop):
            message = f"Nothing in the loop {_names(subject, loop)} changes what its conditions see: after one round it goes round forever."
            hint = "Change the data in the loop (SET_CONTEXT, or a node that a worker executes), or wait in it (WAIT)."
            yield subject.error("loop_without_end", loop[0], message, hint)


def loops_that_multiply(subject: Subject) -> Iterator[DefinitionError]:
    """Warnings: loops in which branches fork and meet again in a `join: each`, so that every round has more visits than the one before."""
    if not subject.is_whole:
        return
    flow = Flow.of(subject.drawing)
    for growth in find_growth(subject.drawing, flow):
        yield _growth_warning(subject, growth)


def _growth_warning(subject: Subject, growth: Growth) -> DefinitionError:
    fork, join = (subject.drawing.nodes[position].node.id for position in (growth.fork, growth.join))
    message = (
        f"Each round of the loop {_names(subject, growth.loop)} can have more visits than the round before: "
        f"several connections leave {fork!r} together, and {join!r} (join: each) starts a visit for each branch that comes back."
    )
    hint = f"Set join: all on {join!r}, so that the branches become one visit, or join: {{count: n}} to go on with the first n of them."
    return subject.error("loop_multiplies", growth.join, message, hint, "join")


def joins_that_mix_rounds(subject: Subject) -> Iterator[DefinitionError]:
    """Warnings: joins of which one visit can take a token of one round of a loop beside a token of another round."""
    if not subject.is_whole:
        return
    flow = Flow.of(subject.drawing)
    for mixture in find_mixtures(subject.drawing, flow):
        yield _mixture_warning(subject, mixture)


def _mixture_warning(subject: Subject, mixture: Mixture) -> DefinitionError:
    fork, join = (subject.drawing.nodes[position].node.id for position in (mixture.fork, mixture.join))
    message = (
        f"One visit of {join!r} can take tokens of different rounds of the loop {_names(subject, mixture.loop)}: "
        f"{fork!r} starts the next round without waiting for {join!r}."
    )
    hint = f"Lead the loop through {join!r}, so that each round waits for it, or set join: each on it, so that every token has a visit of its own."
    return subject.error("join_mixes_rounds", mixture.join, message, hint, "join")


def _closed_loops(subject: Subject, flow: Flow) -> Iterator[Sequence[int]]:
    """Loops that nothing leaves and in which nothing waits."""
    for loop in _loops(flow.graph, range(len(flow.graph))):
        inside = set(loop)
        if all(_keeps_tokens(subject, flow, position, inside) for position in loop):
            yield loop


def _keeps_tokens(subject: Subject, flow: Flow, position: int, inside: set[int]) -> bool:
    stays = inside.issuperset(flow.graph.successors[position]) and not subject.drawing.ends[position]
    return stays and not _waits(subject.drawing.nodes[position])


def _undecided_loops(subject: Subject, flow: Flow) -> Iterator[Sequence[int]]:
    """Loops of nodes that have one port each, so that every visit leads to the next; nothing that they reach ends the execution or cancels them."""
    drawing = subject.drawing
    ending = flow.leading_to(_stopping_nodes(subject))
    always = [
        position
        for position, typed in enumerate(drawing.nodes)
        if position not in ending
        and not _waits(typed)
        and typed.kind is not NodeKind.CHOOSE
        and len(typed.ports() or ()) == 1
        and join_kind(typed.node, drawing.incoming[position]) in (None, "all", "each")
    ]
    yield from _loops(flow.graph, always)


def _unchanging_loops(subject: Subject, flow: Flow) -> Iterator[Sequence[int]]:
    """Loops that only choose and pass on, and see the same in every round.

    What their conditions see is the same when no other token of the execution can be under way meanwhile (no fork comes before the loop), or when
    they look at the input alone and all that comes in from outside is one token.
    """
    drawing = subject.drawing
    passing = [position for position, typed in enumerate(drawing.nodes) if _passes_input(typed)]
    beside = flow.graph.reached_from(flow.forks)
    again = repeatable(drawing)
    stopping = flow.leading_to(_stopping_nodes(subject))
    cancelling = flow.leading_to(_cancelling_joins(subject))
    for loop in _loops(flow.graph, passing):
        if not any(drawing.nodes[position].kind is NodeKind.CHOOSE for position in loop):
            continue
        seen = _references(drawing.nodes[position] for position in loop)
        if seen.nodes is None:
            continue
        if beside.isdisjoint(loop):
            yield loop
        elif _sees_input_alone(subject, loop, seen) and _one_token_enters(flow, loop, again):
            may_be_stopped = stopping if not flow.forks.isdisjoint(loop) else cancelling
            if may_be_stopped.isdisjoint(loop):
                yield loop


def _loops(graph: Graph, nodes: Collection[int]) -> Iterator[Sequence[int]]:
    """The loops of these nodes alone, each sorted, in order of their first node."""
    inner = graph.restricted_to(nodes)
    for component in sorted(map(sorted, strong_components(inner))):
        if inner.is_cyclic(component):
            yield component


def _waits(typed: TypedNode) -> bool:
    """Whether it waits; a node of an unknown type may."""
    return not typed.node.disabled and (typed.info is None or typed.info.waits or typed.kind is NodeKind.WAIT)


def _passes_input(typed: TypedNode) -> bool:
    """Whether what leaves a node is always what came in."""
    return typed.kind in (NodeKind.PASS, NodeKind.CHOOSE) and typed.node.on_error is OnError.FAIL and typed.parameters is not None


def _stopping_nodes(subject: Subject) -> list[int]:
    """Nodes that end the execution, or cancel branches that come late."""
    ends = [position for position, typed in enumerate(subject.drawing.nodes) if typed.kind in (NodeKind.END, NodeKind.FAIL)]
    return ends + _cancelling_joins(subject)


def _cancelling_joins(subject: Subject) -> list[int]:
    return [position for position, typed in enumerate(subject.drawing.nodes) if typed.node.late is Late.CANCEL]


def _references(nodes: Iterator[TypedNode]) -> References:
    """What the conditions of these nodes look at; a condition that cannot be read may look at anything."""
    try:
        return References.together(found.references() for typed in nodes for found in expressions_of(typed.node, typed.info))
    except ExpressionError:
        return References(None, context=True)


def _sees_input_alone(subject: Subject, loop: Sequence[int], seen: References) -> bool:
    """Whether conditions look at nothing that another branch may change: outputs of the loop itself and of triggers stay as they are."""
    drawing = subject.drawing
    positions = [drawing.number[node_id] for node_id in seen.nodes or () if node_id in drawing.number]
    return not seen.context and all(position in loop or drawing.nodes[position].kind is NodeKind.START for position in positions)


def _one_token_enters(flow: Flow, loop: Sequence[int], again: AbstractSet[int]) -> bool:
    inside = set(loop)
    sources = [source for position in loop for source in flow.sources[position] if source not in inside]
    return len(sources) == 1 and sources[0] not in again


def _names(subject: Subject, loop: Sequence[int]) -> str:
    ids = [subject.drawing.nodes[position].node.id for position in loop]
    return ", ".join(ids[:NAMES_SHOWN]) + (", …" if len(ids) > NAMES_SHOWN else "")
