"""Rules about expressions and templates."""

from collections.abc import Iterator

from interlock.definition.compiling.drawing import TypedNode
from interlock.definition.compiling.expressions import Place, expressions_of
from interlock.definition.expressions.conditions import compile_condition
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.expression import parse_expression
from interlock.definition.expressions.program import text_program
from interlock.definition.flow_nodes.inline import inline_program
from interlock.definition.flow_nodes.switch import SwitchParameters
from interlock.definition.model.workflow import VirtualUsers
from interlock.definition.node_types import NodeKind
from interlock.definition.validation.definition_error import DefinitionError
from interlock.definition.validation.rule import Subject
from interlock.json_text import write_document


def expressions(subject: Subject) -> Iterator[DefinitionError]:
    """Expressions that cannot be parsed, or that name nodes that do not exist."""
    for position, typed in enumerate(subject.drawing.nodes):
        for found in expressions_of(typed.node, typed.info):
            try:
                named = found.references().nodes or frozenset()
            except ExpressionError as error:
                yield subject.error("bad_expression", position, str(error.message), _hint(error), *found.place)
                continue
            for node_id in sorted(named - subject.draft.known_ids):
                near = subject.suggestions.nearest(node_id, subject.draft.known_ids)
                hint = f"Did you mean {near[0]!r}?" if near else "Use the id of a node of this workflow."
                yield subject.error(
                    "unknown_node_reference", position, f"The expression names the node {node_id!r:.100}, which does not exist.", hint, *found.place
                )


def locks(subject: Subject) -> Iterator[DefinitionError]:
    """Locks that the database cannot compute by itself."""
    lock = subject.field("lock")
    if lock is not None:
        yield from (
            DefinitionError(code=code, place="/lock", message=message, hint=hint) for code, message, hint in _lock_problems(lock, is_read=False)
        )
    for position, typed in enumerate(subject.drawing.nodes):
        if typed.node.lock is not None:
            for code, message, hint in _lock_problems(typed.node.lock, is_read=True):
                yield subject.error(code, position, message, hint, "lock")


def _lock_problems(lock: str, *, is_read: bool) -> Iterator[tuple[str, str, str]]:
    try:
        if text_program(lock) is None:
            yield (
                "lock_not_compiled",
                f"The lock {lock!r:.100} is more than text and paths.",
                "Use text and paths, for example account-{{ input.account_id }}.",
            )
    except ExpressionError as error:
        if not is_read:
            yield "bad_expression", error.message, _hint(error)


def undecidable_without_workers(subject: Subject) -> Iterator[DefinitionError]:
    """Conditions and values that need a worker, in a workflow with `virtual_users: cron`, where there may be none."""
    if subject.field("virtual_users") is not VirtualUsers.CRON:
        return
    for position, typed in enumerate(subject.drawing.nodes):
        for code, place, text in _undecided(typed):
            message = f"{text:.100} needs a worker, but with virtual_users: cron the database must decide it alone."
            yield subject.error(code, position, message, "Only compare paths with literals, or set virtual_users: inline and run a worker.", *place)


def _undecided(typed: TypedNode) -> Iterator[tuple[str, Place, str]]:
    if typed.kind is NodeKind.WORKER or typed.parameters is None:
        return
    if isinstance(typed.parameters, SwitchParameters):
        if typed.parameters.choice().undecided() if _readable(typed.parameters.value) else False:
            yield "condition_not_compiled", ("parameters", "value"), typed.parameters.value
    elif typed.kind is NodeKind.CHOOSE:
        for found in expressions_of(typed.node, typed.info):
            if not found.is_template and _readable(found.text) and compile_condition(parse_expression(found.text).tree) is None:
                yield "condition_not_compiled", found.place, found.text
    elif typed.kind in (NodeKind.WAIT, NodeKind.SET_CONTEXT, NodeKind.FAIL) and _is_undecided(typed.parameters):
        yield "value_not_compiled", ("parameters",), write_document(typed.node.parameters).decode()


def _is_undecided(parameters: object) -> bool:
    try:
        return inline_program(parameters) is None
    except ExpressionError:
        return False


def _readable(text: str) -> bool:
    try:
        parse_expression(text)
    except ExpressionError:
        return False
    return True


def _hint(error: ExpressionError) -> str:
    place = f"Look at column {error.column}. " if error.column is not None else ""
    return place + error.hint
