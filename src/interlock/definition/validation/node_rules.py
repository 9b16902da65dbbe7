"""Rules about single nodes."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from interlock.assignment_errors import CODES, DEFAULT_CODE
from interlock.definition.flow_nodes.goto import GotoParameters
from interlock.definition.flow_nodes.switch import SwitchParameters
from interlock.definition.model.connection_type import ConnectionType
from interlock.definition.model.join import CountJoin, Late
from interlock.definition.node_types import NodeKind
from interlock.definition.validation.definition_error import DefinitionError
from interlock.definition.validation.rule import AFTER_TRIGGER, Subject
from interlock.definition.validation.shape import shape_errors
from interlock.json_text import json_pointer, pointer_steps, write_document


def duplicate_nodes(subject: Subject) -> Iterator[DefinitionError]:
    seen: set[str] = set()
    for placed in subject.draft.nodes:
        node_id = placed.value.id
        if node_id in seen:
            message = f"Another node has the id {node_id!r} too."
            yield DefinitionError(
                code="duplicate_node", place=json_pointer((*placed.place, "id")), node=node_id, message=message, hint="Give it another id."
            )
        seen.add(node_id)


def unknown_types(subject: Subject) -> Iterator[DefinitionError]:
    names = {f"{type_name}/{subtype}" for type_name, subtype in subject.node_types.names()}
    for position, typed in enumerate(subject.drawing.nodes):
        if typed.info is None:
            name = f"{typed.node.type}/{typed.node.subtype}"
            near = subject.suggestions.nearest(name, names, count=3, cutoff=0.5) or sorted(names)[:10]
            yield subject.error("unknown_type", position, f"There is no node type {name:.100}.", f"Did you mean {', '.join(near)}?", "subtype")


def bad_parameters(subject: Subject) -> Iterator[DefinitionError]:
    """Parameters that the node type refuses. A template passes where the type expects another type than text."""
    for position, typed in enumerate(subject.drawing.nodes):
        if typed.info is None or typed.parameters is not None:
            continue
        raw = typed.node.parameters
        try:
            typed.info.parameters.model_validate(raw)
        except ValidationError as refusal:
            for error in shape_errors(refusal, raw, (), whole="parameters"):
                names_credential = error.place.removeprefix("/") in typed.info.credentials
                if names_credential or not _is_template(raw, error.place):
                    place = json_pointer((*subject.places[position], "parameters")) + error.place
                    yield DefinitionError(code="bad_parameter", place=place, node=typed.node.id, message=error.message, hint=error.hint)


def doubtful_parameters(subject: Subject) -> Iterator[DefinitionError]:
    """Warnings: what the node types say about valid parameters."""
    for position, typed in enumerate(subject.drawing.nodes):
        if typed.info is not None and typed.info.warnings_of is not None and typed.parameters is not None:
            for warning in typed.info.warnings_of(typed.parameters):
                yield subject.error(warning.code, position, warning.message, warning.hint, "parameters", *warning.place)


def _is_template(raw: Any, pointer: str) -> bool:
    """Whether the value at a place is a template, which has its final type only when it is rendered."""
    for key in pointer_steps(pointer):
        raw = raw.get(key) if isinstance(raw, dict) else raw[int(key)] if isinstance(raw, list) and key.isdigit() else None
    return isinstance(raw, str) and "{{" in raw


def disabled_nodes(subject: Subject) -> Iterator[DefinitionError]:
    """Nodes for which passing the input on has no meaning."""
    supplies = {placed.value.from_node for placed in subject.draft.connections if placed.value.type is not ConnectionType.MAIN}
    for position, typed in enumerate(subject.drawing.nodes):
        if not typed.node.disabled or typed.info is None:
            continue
        reason = None
        if typed.info.kind == NodeKind.START:
            reason = "A trigger cannot be disabled: it has no input to pass on."
        elif typed.info.kind == NodeKind.CHOOSE:
            reason = "A node that decides where to go cannot be disabled: no port is the one to pass on through."
        elif typed.info.kind in (NodeKind.PASS, NodeKind.END, NodeKind.FAIL) or "main" not in typed.info.ports:
            reason = "This node cannot be disabled: it does nothing that could be left out, or nothing leaves it through main."
        elif typed.node.id in supplies:
            reason = "A node that supplies another one cannot be disabled."
        if reason is not None:
            yield subject.error("cannot_disable", position, reason, "Enable the node, or remove it.", "disabled")


def duplicate_cases(subject: Subject) -> Iterator[DefinitionError]:
    for position, typed in enumerate(subject.drawing.nodes):
        if not isinstance(typed.parameters, SwitchParameters):
            continue
        seen: list[object] = []
        for number, case in enumerate(typed.parameters.cases):
            if case.equals in seen:
                message = f"An earlier case equals {write_document(case.equals).decode():.60}" + (
                    " (true equals 1, and false equals 0)." if _is_one(case.equals) else "."
                )
                yield subject.error("duplicate_case", position, message, "Remove one of them.", "parameters", "cases", number, "equals")
            seen.append(case.equals)


def _is_one(value: object) -> bool:
    return isinstance(value, bool | int | float) and value in (0, 1)


def goto_targets(subject: Subject) -> Iterator[DefinitionError]:
    """GOTOs that lead to no node, to a trigger or to themselves."""
    for position, typed in enumerate(subject.drawing.nodes):
        if isinstance(typed.parameters, GotoParameters):
            problem = _goto_problem(subject, typed.node.id, typed.parameters.target)
            if problem is not None:
                yield subject.error(problem[0], position, problem[1], problem[2], "parameters", "target")


def _goto_problem(subject: Subject, node_id: str, target: str) -> tuple[str, str, str] | None:
    if target not in subject.draft.known_ids:
        near = subject.suggestions.nearest(target, subject.draft.known_ids)
        return (
            "unknown_goto_target",
            f"There is no node {target!r}.",
            f"Did you mean {near[0]!r}?" if near else "Use the id of a node of this workflow.",
        )
    if target == node_id:
        return "goto_to_itself", f"The GOTO {node_id!r} leads to itself.", "Choose another node as its target."
    position = subject.drawing.number.get(target)
    if position is not None and subject.drawing.nodes[position].kind is NodeKind.START:
        return "trigger_takes_no_connection", f"The GOTO {node_id!r} leads to the trigger {target!r}, which takes no connections.", AFTER_TRIGGER
    return None


def reserved_fail_codes(subject: Subject) -> Iterator[DefinitionError]:
    """FAILs whose code is that of an error of Interlock: a reader would take it for that error."""
    nodes = enumerate(subject.drawing.nodes)
    fails = [(position, typed.node.parameters.get("code")) for position, typed in nodes if typed.kind is NodeKind.FAIL]
    if not fails:
        return
    infos = (subject.node_types.find(*name) for name in subject.node_types.names())
    reserved = {*CODES, *(error.code for info in infos if info is not None for error in info.errors)} - {DEFAULT_CODE}
    for position, code in fails:
        if isinstance(code, str) and code in reserved:
            message = f"{code} is the code of an error that Interlock reports itself."
            hint = f"Choose a code of your own, for example {subject.drawing.nodes[position].node.id.lower().replace(' ', '_')[:80]}_{code}."
            yield subject.error("reserved_code", position, message, hint, "parameters", "code")


def large_counts(subject: Subject) -> Iterator[DefinitionError]:
    for position, typed in enumerate(subject.drawing.nodes):
        incoming = subject.drawing.incoming[position]
        if isinstance(typed.node.join, CountJoin) and typed.node.join.count > incoming and subject.is_whole:
            message = (
                f"The count of the join is {typed.node.join.count}, but the node has {incoming} incoming MAIN connection{'s' * (incoming != 1)}."
            )
            yield subject.error("count_too_large", position, message, "Lower the count, or connect more branches.", "join", "count")


def joins_without_branches(subject: Subject) -> Iterator[DefinitionError]:
    """Warnings: settings without an effect."""
    for position, typed in enumerate(subject.drawing.nodes):
        has_settings = typed.node.join != "all" or typed.node.late is not Late.SWALLOW
        too_large = isinstance(typed.node.join, CountJoin) and typed.node.join.count > subject.drawing.incoming[position]
        if has_settings and not too_large and subject.drawing.incoming[position] < 2 and subject.is_whole:
            message = "join and late have no effect on a node with fewer than two incoming MAIN connections."
            field = "join" if typed.node.join != "all" else "late"
            yield subject.error("join_without_branches", position, message, "Connect more branches, or remove the setting.", field)
