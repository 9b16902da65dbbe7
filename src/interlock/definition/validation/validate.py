"""Applies all rules to a definition."""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, Literal

from interlock.definition.compiling.drawing import Drawing, TypedNode
from interlock.definition.compiling.expressions import count_expressions
from interlock.definition.model.fields import EXPRESSION_LIMIT
from interlock.definition.model.workflow import WorkflowDefinition
from interlock.definition.node_types import NodeTypeLookup
from interlock.definition.reading.files import read_file
from interlock.definition.reading.limits import DEFINITION_LIMITS
from interlock.definition.reading.yaml_reader import read_yaml
from interlock.definition.validation import connection_rules, drawing_rules, expression_rules, graph_rules, loop_rules, node_rules
from interlock.definition.validation.definition_error import DefinitionError, Report
from interlock.definition.validation.draft import Draft, Placed, read_draft
from interlock.definition.validation.rule import Subject
from interlock.json_text import JsonLimits, UnreadableValue, check_json, read_json

Rule = Callable[[Subject], Iterator[DefinitionError]]

ERROR_LIMIT: Final = 1_000
"""How many errors a report has at most, and how many warnings."""
ERROR_RULES: Final[tuple[Rule, ...]] = (
    node_rules.duplicate_nodes,
    node_rules.unknown_types,
    node_rules.bad_parameters,
    node_rules.disabled_nodes,
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
    drawing_rules.duplicate_notes_and_groups,
    drawing_rules.nodes_of_groups,
)
WARNING_RULES: Final[tuple[Rule, ...]] = (
    graph_rules.unreachable_nodes,
    node_rules.joins_without_branches,
    node_rules.doubtful_parameters,
    loop_rules.loops_without_end,
    loop_rules.loops_that_multiply,
    loop_rules.joins_that_mix_rounds,
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
    draft = read_draft(raw)
    if (count := _expression_count(draft, node_types)) > EXPRESSION_LIMIT:
        return Report(errors=(_too_many_expressions(count),))
    subject = _subject(draft, node_types)
    errors = [*islice(chain(draft.errors, *(rule(subject) for rule in ERROR_RULES)), ERROR_LIMIT + 1)]
    if len(errors) > ERROR_LIMIT:
        errors[ERROR_LIMIT] = _too_many_errors()
    return Report(errors=tuple(errors), warnings=tuple(islice(chain(*(rule(subject) for rule in WARNING_RULES)), ERROR_LIMIT)))


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


def _expression_count(draft: Draft, node_types: NodeTypeLookup) -> int:
    nodes = (placed.value for placed in draft.nodes)
    return sum(count_expressions(node, node_types.find(node.type, node.subtype)) for node in nodes)


def _too_many_expressions(count: int) -> DefinitionError:
    message = f"There are {count:,} expressions; the limit is {EXPRESSION_LIMIT:,}."
    return DefinitionError(
        code="too_many_expressions", place="/nodes", message=message, hint="Split the workflow, or make the text in a RUN_CODE node."
    )


def _too_many_errors() -> DefinitionError:
    message = f"There are more than {ERROR_LIMIT:,} errors; the others are left out."
    return DefinitionError(code="too_many_errors", place="", message=message, hint="Correct these first.")


def _unreadable(error: UnreadableValue) -> Report:
    return Report(errors=(DefinitionError(code=error.code, place=error.place, message=error.message, hint=error.hint),))


def _subject(draft: Draft, node_types: NodeTypeLookup) -> Subject:
    first: dict[str, Placed] = {}
    for placed in draft.nodes:
        first.setdefault(placed.value.id, placed)
    drawing = Drawing([TypedNode.of(placed.value, node_types) for placed in first.values()], [placed.value for placed in draft.connections])
    is_whole = not any(error.place.startswith(("/nodes", "/connections")) or not error.place for error in draft.errors)
    return Subject(draft=draft, node_types=node_types, drawing=drawing, places=[placed.place for placed in first.values()], is_whole=is_whole)
