"""Evaluates expressions and templates over data, and lists what can be written in them."""

from typing import Any

from interlock.api.call import Call
from interlock.api.expression_trials import Trial, parse_trial, run_trial
from interlock.api.models.expressions import (
    EvaluateExpression,
    ExpressionPart,
    ExpressionPartList,
    ExpressionProblem,
    ExpressionValue,
    ListExpressionParts,
)
from interlock.definition import ExpressionError, Scope
from interlock.definition.expressions.reference import ENTRIES, EXAMPLE_DATA
from interlock.definition.expressions.scope import NOT_GIVEN, RESERVED
from interlock.definition.expressions.template import Join
from interlock.insight.node_scopes import NodeScope, TooLarge, read_node_scope


async def evaluate_expression(call: Call, request: EvaluateExpression) -> ExpressionValue:
    """Evaluates beside the event loop; the budget of the evaluator bounds how long that takes."""
    threads, by = call.services.expressions, call.caller.name
    try:
        trial = await threads.run(by, parse_trial, request.text, request.use, _join(call, request))
        found = await _found(call, request, trial)
    except (ExpressionError, TooLarge) as error:
        return _without_value(error)
    return await threads.run(by, _evaluated, trial, _scope(request, found))


async def list_expression_parts(call: Call, request: ListExpressionParts) -> ExpressionPartList:  # noqa: ARG001  # it has no fields
    return ExpressionPartList(
        items=[ExpressionPart.model_validate(entry) for entry in ENTRIES],
        example_data=dict(EXAMPLE_DATA),
        reserved_names=sorted(RESERVED),
    )


def _join(call: Call, request: EvaluateExpression) -> Join | None:
    """Returns what encodes the values that are put into the parameter, if something does."""
    types = call.services.node_types
    if request.type is None or request.subtype is None or request.parameter is None or types.find(request.type, request.subtype) is None:
        return None
    return types.get(request.type, request.subtype).joins.get(request.parameter)


async def _found(call: Call, request: EvaluateExpression, trial: Trial) -> NodeScope:
    """Reads what the text can see of the execution, and only that."""
    if request.execution_id is None:
        return NodeScope()
    given = request.nodes or {}
    nodes = trial.references.nodes
    return await read_node_scope(
        call.scope,
        request.execution_id,
        node=request.node_id if request.input is None else None,
        from_nodes=request.from_nodes if request.input is None else (),
        nodes=None if nodes is None else sorted(nodes - given.keys()),
    )


def _scope(request: EvaluateExpression, found: NodeScope) -> Scope:
    return Scope(
        input=found.input if request.input is None else request.input,
        nodes={**found.nodes, **(request.nodes or {})},
        context=found.context if request.context is None else request.context,
        execution={**found.execution, **(request.execution or {})},
        subject=found.subject if request.subject is None else request.subject,
        item=NOT_GIVEN if request.item is None else request.item,
    )


def _evaluated(trial: Trial, scope: Scope) -> ExpressionValue:
    try:
        outcome = run_trial(trial, scope)
    except ExpressionError as error:
        return _without_value(error, _steps(scope))
    return ExpressionValue(
        type=outcome.type,
        value=outcome.value,
        is_shortened=outcome.is_shortened,
        size=outcome.size,
        is_true=outcome.is_true,
        error=None,
        steps=_steps(scope),
    )


def _steps(scope: Scope) -> int:
    return min(scope.budget.limits.steps, scope.budget.limits.steps - scope.budget.steps)


def _without_value(error: ExpressionError | TooLarge, steps: int = 0) -> ExpressionValue:
    problem: dict[str, Any] = {"code": error.code, "message": error.message, "hint": error.hint, "column": None}
    if isinstance(error, ExpressionError):
        problem["column"] = error.position
    return ExpressionValue(
        type=None, value=None, is_shortened=False, size=None, is_true=None, error=ExpressionProblem.model_validate(problem), steps=steps
    )
