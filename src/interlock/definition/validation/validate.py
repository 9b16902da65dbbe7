"""Applies all rules to a definition."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

from interlock.definition.compiling.drawing import Drawing, TypedNode
from interlock.definition.model.workflow import WorkflowDefinition
from interlock.definition.node_types import NodeTypeLookup
from interlock.definition.reading.files import read_file
from interlock.definition.reading.limits import DEFINITION_LIMITS
from interlock.definition.reading.yaml_reader import read_yaml
from interlock.definition.validation import connection_rules, expression_rules, graph_rules, loop_rules, node_rules
from interlock.definition.validation.definition_error import DefinitionError, Report
from interlock.definition.validation.draft import Draft, Placed, read_draft
from interlock.definition.validation.rule import Subject
from interlock.json_text import JsonLimits, UnreadableValue, check_json, read_json

Rule = Callable[[Subject], Iterator[DefinitionError]]

ERROR_RULES: Final[tuple[Rule, ...]] = (
    node_rules.duplicate_nodes,
    node_rules.unknown_types,
    node_rules.bad_parameters,
    node_rules.duplicate_cases,
    node_rules.goto_targets,
    node_rules.reserved_fail_codes,
    node_rules.large_counts,
    expression_rules.expressions,
    expression_rules.locks,
    expression_rules.undecidable_without_workers,
    connection_rules.dangling_connections,
    connection_rules.duplicate_connections,
    connection_rules.missing_ports,
    connection_rules.capabilities_not_taken,
    connection_rules.connections_into_triggers,
    connection_rules.unconnected_error_ports,
    graph_rules.missing_trigger,
    loop_rules.endless_loops,
)
WARNING_RULES: Final[tuple[Rule, ...]] = (
    graph_rules.unreachable_nodes,
    node_rules.joins_without_branches,
    loop_rules.loops_without_end,
    loop_rules.loops_that_multiply,
)


def validate_definition(definition: WorkflowDefinition | Any, node_types: NodeTypeLookup, limits: JsonLimits = DEFINITION_LIMITS) -> Report:
    """Returns every error and warning of a definition, given as a model or as raw JSON. Never raises because of its content.

    A raw definition must keep the limits of size and depth. A broken part has its own error, and the rest is checked all the same.
    """
    raw = definition.to_json() if isinstance(definition, WorkflowDefinition) else definition
    try:
        if not isinstance(definition, WorkflowDefinition):
            check_json(raw, limits)
    except UnreadableValue as error:
        return _unreadable(error)
    subject = _subject(read_draft(raw), node_types)
    errors = [*subject.draft.errors, *(error for rule in ERROR_RULES for error in rule(subject))]
    return Report(errors=tuple(errors), warnings=tuple(error for rule in WARNING_RULES for error in rule(subject)))


def validate_text(
    source: str | bytes,
    node_types: NodeTypeLookup,
    *,
    syntax: Literal["json", "yaml"],
    limits: JsonLimits = DEFINITION_LIMITS,
) -> Report:
    """Does the same as `validate_definition` for JSON or YAML text. A text that cannot be read is one error."""
    try:
        raw = read_json(source, limits) if syntax == "json" else read_yaml(source, limits)
    except UnreadableValue as error:
        return _unreadable(error)
    return validate_definition(raw, node_types, limits)


def validate_file(path: Path, node_types: NodeTypeLookup, limits: JsonLimits = DEFINITION_LIMITS) -> Report:
    """Does the same as `validate_text` for a `.json`, `.yaml` or `.yml` file.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        raw = read_file(path, limits)
    except UnreadableValue as error:
        return _unreadable(error)
    return validate_definition(raw, node_types, limits)


def _unreadable(error: UnreadableValue) -> Report:
    return Report(errors=(DefinitionError(code=error.code, place=error.place, message=error.message, hint=error.hint),))


def _subject(draft: Draft, node_types: NodeTypeLookup) -> Subject:
    first: dict[str, Placed] = {}
    for placed in draft.nodes:
        first.setdefault(placed.value.id, placed)
    drawing = Drawing([TypedNode.of(placed.value, node_types) for placed in first.values()], [placed.value for placed in draft.connections])
    is_whole = not any(error.place.startswith(("/nodes", "/connections")) or not error.place for error in draft.errors)
    return Subject(draft=draft, node_types=node_types, drawing=drawing, places=[placed.place for placed in first.values()], is_whole=is_whole)
