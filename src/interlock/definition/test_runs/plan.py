"""Plans a test run: compiles the part of a definition that runs. What does not run may have errors: other nodes take the place of its nodes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from interlock.definition.compiling.compiled import CompiledWorkflow
from interlock.definition.compiling.compiler import compile_definition
from interlock.definition.compiling.drawing import TypedNode
from interlock.definition.compiling.errors import CannotCompile
from interlock.definition.compiling.expressions import expressions_of
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.references import References
from interlock.definition.flow_nodes.goto import GotoParameters
from interlock.definition.model.checksum import definition_checksum
from interlock.definition.model.connection import ConnectionDefinition
from interlock.definition.model.fields import NodeId, WorkflowName
from interlock.definition.model.workflow import WorkflowDefinition
from interlock.definition.node_types import NodeKind, NodeTypeLookup
from interlock.definition.test_runs.selection import DrawnGraph, GivenOutput, Selection, TestScope, select_nodes
from interlock.definition.validation.definition_error import DefinitionError
from interlock.definition.validation.draft import Draft, read_draft
from interlock.definition.validation.validate import validate_definition
from interlock.json_text import json_pointer, pointer_steps

UNNAMED: Final = "Unnamed"
_HEAD: Final = ("semantics", "timeout_seconds")
_ELSEWHERE: Final = frozenset({"error_port_unconnected", "no_trigger"})
"""Errors that only leaving out the rest can make."""
_NAME: Final[TypeAdapter[str]] = TypeAdapter(WorkflowName)
_ID: Final[TypeAdapter[str]] = TypeAdapter(NodeId)


class TestRefused(ValueError):
    """The request for a test run does not fit the definition; the text says why."""

    __test__ = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPlan:
    """A test run that can be started.

    Attributes:
        definition: as it is kept: the whole of it, whatever runs.
        compiled: the part that runs, as `start_test_run` takes it.
        trigger: the trigger that begins; None: what is taken over does.
        taken: the nodes whose outputs are taken over.
        feeds: the numbers of the connections over which these bring tokens.
    """

    __test__ = False
    name: str
    definition: dict[str, Any]
    compiled: dict[str, Any]
    checksum: str
    trigger: str | None
    taken: tuple[str, ...]
    feeds: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTest:
    """The plan, or the errors of the part that would run."""

    plan: TestPlan | None = None
    errors: tuple[DefinitionError, ...] = ()


def plan_test(
    raw: Any,
    node_types: NodeTypeLookup,
    scope: TestScope,
    *,
    pins: Sequence[str] = (),
    outputs: Mapping[str, tuple[str, ...]] | None = None,
    trigger: str | None = None,
    has_input: bool = False,
) -> PlannedTest:
    """Plans a test run of a raw definition, which may be unfinished.

    Args:
        pins: the nodes whose outputs are pinned; those that the definition does not have are left out.
        outputs: the nodes that an earlier execution has outputs of, with the ports that these left through.
        trigger: the trigger to begin with; None: the manual one, else the first.
        has_input: whether an input is given, which the node of the scope `only` gets in place of what leads to it.

    Raises:
        TestRefused: the definition has no such node or trigger, or a node that only decides is pinned.
    """
    draft = read_draft(raw)
    if not draft.nodes and not draft.known_ids:
        return PlannedTest(errors=tuple(draft.errors))
    parts = _Parts.of(raw, draft, node_types)
    if scope.node is not None and scope.node not in draft.known_ids:
        raise TestRefused(f"The definition has no node {scope.node!r:.100}.")
    given = {node: GivenOutput(ports=ports, is_pinned=False) for node, ports in (outputs or {}).items() if node in draft.known_ids}
    given |= {node: GivenOutput(ports=parts.first_port(node), is_pinned=True) for node in pins if node in draft.known_ids}
    begins = parts.trigger(trigger, scope.node)
    referenced = None
    if scope.node is not None and scope.kind != "from":
        referenced = parts.referenced({scope.node} if scope.kind == "only" else parts.graph.before([scope.node]))
    chosen = select_nodes(parts.graph, scope, given, begins, has_input=has_input, referenced=referenced)
    return _Slice(raw, parts, scope, chosen, begins).planned(node_types)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """A definition in parts: its raw nodes by id (the first of each), those that could be read, and its graph."""

    draft: Draft
    raw_nodes: Sequence[Any]
    typed: Mapping[str, TypedNode]
    graph: DrawnGraph

    @classmethod
    def of(cls, raw: dict[str, Any], draft: Draft, node_types: NodeTypeLookup) -> "_Parts":
        typed: dict[str, TypedNode] = {}
        for placed in draft.nodes:
            typed.setdefault(placed.value.id, TypedNode.of(placed.value, node_types))
        drawn = [placed.value for placed in draft.connections if {placed.value.from_node, placed.value.to_node} <= draft.known_ids]
        jumps = [
            ConnectionDefinition(from_node=node, to_node=item.parameters.target)
            for node, item in typed.items()
            if isinstance(item.parameters, GotoParameters) and item.parameters.target in draft.known_ids and not item.node.disabled
        ]
        each = frozenset(node for node, item in typed.items() if item.node.join == "each")
        graph = DrawnGraph(connections=list(dict.fromkeys([*drawn, *jumps])), joins_each=each)
        return cls(draft=draft, raw_nodes=raw["nodes"], typed=typed, graph=graph)

    def first_port(self, node: str) -> tuple[str, ...]:
        """Returns the port that a pinned output leaves through."""
        item = self.typed.get(node)
        if item is not None and item.kind in (NodeKind.CHOOSE, NodeKind.FAIL, NodeKind.END):
            raise TestRefused(f"The output of the node {node!r} cannot be pinned: it has none of its own.")
        return ((item.ports() if item is not None else None) or ("main",))[:1]

    def trigger(self, asked: str | None, target: str | None) -> str:
        """Returns the trigger that would begin; a new id if the definition has none."""
        triggers = [node for node, item in self.typed.items() if item.kind == NodeKind.START]
        if asked is not None and asked not in triggers:
            raise TestRefused(f"The definition has no trigger {asked!r:.100}.")
        manual = [node for node in triggers if self.typed[node].node.subtype == "MANUAL"]
        chosen = target if target in triggers else asked or next(iter([*manual, *triggers]), None)
        return chosen or free_id("start", self.draft.known_ids)

    def referenced(self, nodes: set[str]) -> frozenset[str] | None:
        """Returns the nodes that expressions of these nodes name; None: any may be."""
        found = References()
        for node in nodes:
            item = self.typed.get(node)
            if item is None:
                continue
            if item.info is not None and item.info.sees_all:
                return None
            try:
                found |= References.together(one.references() for one in expressions_of(item.node, item.info))
            except ExpressionError:
                return None
        return found.nodes


class _Slice:
    """The definition that is compiled. Its nodes have the places that they have in the whole definition, so that errors have them, too."""

    def __init__(self, raw: dict[str, Any], parts: _Parts, scope: TestScope, chosen: Selection, trigger: str) -> None:
        self._raw, self._parts, self._scope, self._chosen, self._trigger = raw, parts, scope, chosen, trigger
        self._end = free_id("end of the test", parts.draft.known_ids)
        self._stand_ins: dict[str, Any] = {}
        self._nodes = [*self._drawn_nodes(), *self._added_nodes()]
        self._connections = [*self._kept_connections(), *self._added_connections()]
        self._places = {placed.value: placed.place for placed in parts.draft.connections}

    def planned(self, node_types: NodeTypeLookup) -> PlannedTest:
        head: dict[str, Any] = {key: self._raw[key] for key in _HEAD if key in self._raw}
        connections = [connection.model_dump(mode="json", by_alias=True) for connection in self._connections]
        raw: dict[str, Any] = {"name": self._name(), **head, "nodes": self._nodes, "connections": connections}
        errors = [*self._unread_connections(), *self._errors(raw, node_types)]
        if errors:
            return PlannedTest(errors=tuple(errors))
        definition = WorkflowDefinition.model_validate(raw)
        try:
            compiled = self._drawn_as(compile_definition(definition, node_types))
        except CannotCompile as refusal:
            hint = "Split the workflow, or use fewer joins that depend on each other."
            return PlannedTest(errors=(DefinitionError(code="cannot_compile", place="", message=str(refusal), hint=hint),))
        plan = TestPlan(
            name=raw["name"],
            definition={key: value for key, value in self._raw.items() if key not in ("virtual_users", "lock")} | {"name": raw["name"]},
            compiled=compiled.to_json(),
            checksum=definition_checksum(definition),
            trigger=self._trigger if self._chosen.trigger else None,
            taken=tuple(sorted(self._chosen.taken)),
            feeds=tuple(number for number, connection in enumerate(self._connections) if connection in self._chosen.feeds),
        )
        return PlannedTest(plan=plan)

    def _name(self) -> str:
        name = self._raw.get("name")
        return str(name) if _is_valid(_NAME, name) else UNNAMED

    def _drawn_nodes(self) -> Iterator[Any]:
        seen: set[str] = set()
        for number, node in enumerate(self._parts.raw_nodes):
            given = node.get("id") if isinstance(node, dict) else None
            if given in self._chosen.runs:
                yield {key: value for key, value in node.items() if key not in self._left_out(given)}
            else:
                is_new = _is_valid(_ID, given) and given not in seen
                yield self._stand_in(str(given) if is_new else free_id(f"unread {number}", self._parts.draft.known_ids), node)
            seen.add(str(given))

    def _left_out(self, node: str) -> set[str]:
        """Returns the fields that do not count. A test run holds no locks. A node that runs alone waits for no other branch."""
        return {"lock", "join", "late"} if self._scope.kind == "only" and node == self._scope.node else {"lock"}

    def _stand_in(self, node: str, drawn: Any) -> dict[str, Any]:
        self._stand_ins[node] = drawn
        if node == self._trigger:
            return {"id": node, "type": "TRIGGER_NODE", "subtype": "MANUAL"}
        return {"id": node, "type": "FLOW_NODE", "subtype": "JOIN"}

    def _added_nodes(self) -> Iterator[dict[str, Any]]:
        if self._chosen.trigger and self._trigger not in self._parts.draft.known_ids:
            yield {"id": self._trigger, "name": "Start of the test", "type": "TRIGGER_NODE", "subtype": "MANUAL"}
        if self._ports_to_end():
            yield {"id": self._end, "name": "End of the test", "type": "FLOW_NODE", "subtype": "END", "join": "each"}

    def _ports_to_end(self) -> tuple[str, ...]:
        """Returns the ports of the node behind which the run ends."""
        if self._scope.kind not in ("only", "until") or self._scope.node is None:
            return ()
        item = self._parts.typed.get(self._scope.node)
        if item is None:
            return ()
        drawn = dict.fromkeys(connection.port for connection in self._parts.graph.main if connection.from_node == self._scope.node)
        ports = item.ports()
        return ports if ports is not None else tuple(drawn) or ("main",)

    def _kept_connections(self) -> Iterator[ConnectionDefinition]:
        """Yields what leads to nodes that run; the jumps of GOTOs that run are added when it is compiled."""
        drawn = {placed.value for placed in self._parts.draft.connections}
        for connection in self._parts.graph.connections:
            is_behind = self._ports_to_end() and connection.from_node == self._scope.node
            is_replaced = self._chosen.enters is not None and connection.from_node == self._trigger
            jumps = connection not in drawn and connection.from_node in self._chosen.runs
            if connection.to_node in self._chosen.runs and not is_behind and not is_replaced and not jumps:
                yield connection

    def _added_connections(self) -> Iterator[ConnectionDefinition]:
        if self._chosen.enters is not None:
            yield ConnectionDefinition(from_node=self._trigger, to_node=self._chosen.enters)
        for port in self._ports_to_end():
            yield ConnectionDefinition(from_node=self._scope.node or "", to_node=self._end, port=port)

    def _errors(self, raw: dict[str, Any], node_types: NodeTypeLookup) -> Iterator[DefinitionError]:
        for error in validate_definition(raw, node_types).errors:
            if error.code not in _ELSEWHERE and error.node not in self._stand_ins:
                yield self._placed(error)

    def _placed(self, error: DefinitionError) -> DefinitionError:
        """Returns the error with its place in the whole definition."""
        steps = pointer_steps(error.place)
        if len(steps) < 2 or steps[0] != "connections" or not steps[1].isdecimal():
            return error
        place = self._places.get(self._connections[int(steps[1])], ("connections",))
        return replace(error, place=json_pointer([*place, *steps[2:]]))

    def _unread_connections(self) -> Iterator[DefinitionError]:
        """Yields the errors of connections that cannot be read and lead to a node that runs."""
        listed = self._raw.get("connections")
        for error in self._parts.draft.errors:
            steps = pointer_steps(error.place)
            if len(steps) < 2 or steps[0] != "connections":
                continue
            item = listed[int(steps[1])] if isinstance(listed, list) and steps[1].isdecimal() else None
            target = item.get("to") if isinstance(item, dict) else steps[1]
            if target in self._chosen.runs:
                yield error

    def _drawn_as(self, compiled: CompiledWorkflow) -> CompiledWorkflow:
        """Returns it with the types and names that the nodes have in the whole definition, and without jumps to nodes that do not run."""
        left_out = {node.node_no for node in compiled.nodes if node.node_id in self._stand_ins}
        nodes = tuple(_drawn_as(node, self._stand_ins.get(node.node_id)) for node in compiled.nodes)
        return replace(compiled, nodes=nodes, connections=tuple(item for item in compiled.connections if item.to_node not in left_out))


def _drawn_as(node: Any, drawn: Any) -> Any:
    if not isinstance(drawn, dict):
        return node
    words = {key: str(drawn[key])[:100] for key in ("type", "subtype", "name") if isinstance(drawn.get(key), str)}
    return replace(node, **words)


def free_id(wanted: str, taken: frozenset[str]) -> str:
    """Returns an id that no node has."""
    return next(name for number in range(len(taken) + 1) if (name := wanted if number == 0 else f"{wanted} {number}") not in taken)


def _is_valid(kind: TypeAdapter[str], value: object) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True
