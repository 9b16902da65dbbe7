"""A node of a version, prepared once for all its visits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from interlock.clock import utc_text
from interlock.controlplane import Assignment
from interlock.credentials import CredentialUse
from interlock.definition import ExpressionError, NodeDefinition, Scope, parse_template
from interlock.definition.compiling.expressions import expressions_of
from interlock.definition.expressions.template import Join
from interlock.definition.model.fields import as_text
from interlock.definition.validation.expected import words_of
from interlock.nodes import (
    ExecutorMissing,
    FinalError,
    NodeError,
    NodeExecutionContext,
    NodeExecutionResult,
    NodeExecutor,
    NodeExecutorFactory,
    NodeIdentity,
    RetryableError,
)
from interlock.nodes.contract import ModelClass
from interlock.nodes.errors import expression_error

Place = tuple[str | int, ...]
Render = Callable[[Scope], Any]
NO_JOINS: Mapping[str, Join] = MappingProxyType({})


@dataclass(slots=True)
class Pace:
    """How long visits of a node take that can run ahead, in seconds: an average of the last ones, so that one that had to wait counts little."""

    seconds: float = 0.0

    def note(self, seconds: float) -> None:
        self.seconds += (seconds - self.seconds) / 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedNode:
    """A node and its executor.

    Attributes:
        workflow: name and version, for the scope of expressions.
        parameters: the model of the executor; None if they have templates.
        render: renders the parameters if they have templates.
        ports: the ports that it has; None if that depends on templates.
        credentials: the credentials that its parameters name.
        number: its number in the version.
        timeout_seconds: how long an attempt may take; None: as long as it likes.
        plain_next: the number of the only node that can follow, where nothing else can happen between the two.
        can_run_ahead: whether a worker may execute it before the report of what it follows.
        ahead: the node that follows, if it can run ahead.
        pace: how long its visits take.
    """

    identity: NodeIdentity
    queue: str
    workflow: Mapping[str, Any]
    executor: NodeExecutor[Any]
    parameters: BaseModel | None = None
    render: Render | None = None
    ports: frozenset[str] | None = None
    credentials: tuple[CredentialUse, ...] = ()
    number: int = 0
    timeout_seconds: float | None = None
    plain_next: int | None = None
    can_run_ahead: bool = False
    ahead: "PreparedNode | None" = None
    pace: Pace = field(default_factory=Pace)

    def scope_of(self, assignment: Assignment) -> Scope:
        return Scope(
            input=assignment["input"],
            nodes=assignment["nodes"],
            context=assignment["context"],
            execution=_execution_scope(assignment["execution"], self.workflow),
            subject=assignment["subject"],
        )

    def parameters_in(self, scope: Scope | None) -> BaseModel:
        """Returns the parameters as the executor takes them. They are rendered in the scope if they have templates.

        Raises:
            FinalError: an expression has no value in this scope, or the executor does not take what was rendered.
        """
        if self.parameters is not None:
            return self.parameters
        assert self.render is not None
        assert scope is not None
        try:
            return validated(self.executor.parameters, self.render(scope), self.identity)
        except ExpressionError as error:
            raise expression_error(error) from error


def _execution_scope(execution: Mapping[str, Any], workflow: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns what expressions see as `execution`: the same as `interlock.execution_scope` in the database."""
    return {"id": execution["id"], **workflow, "started_at": utc_text(datetime.fromisoformat(execution["started_at"]))}


def prepare_node(
    node: Mapping[str, Any], workflow: Mapping[str, Any], executors: NodeExecutorFactory, workspace_id: int | None = None
) -> PreparedNode:
    """Returns a compiled node with its executor. A node that cannot be executed here is prepared to fail and say why.

    Args:
        workspace_id: the workspace of the workflow, whose credentials the node uses.
    """
    prepared = _prepared(node, workflow, executors, workspace_id)
    return replace(
        prepared,
        number=node["node_no"],
        timeout_seconds=node["timeout_seconds"],
        plain_next=node.get("plain_next"),
        can_run_ahead=_can_run_ahead(node, prepared),
    )


def _can_run_ahead(node: Mapping[str, Any], prepared: PreparedNode) -> bool:
    executor = prepared.executor
    return (
        not executor.has_side_effects
        and executor.isolation == "loop"
        and not prepared.credentials
        and (prepared.ports is None or "main" in prepared.ports)
        and bool(node.get("is_plain"))
        and node["needs"] == []
        and not node["uses_context"]
    )


def _prepared(node: Mapping[str, Any], workflow: Mapping[str, Any], executors: NodeExecutorFactory, workspace_id: int | None) -> PreparedNode:
    identity = NodeIdentity(id=node["node_id"], name=node["name"])
    queue = node["queue"]
    try:
        executor = executors.get(node["type"], node["subtype"])
        credentials = credentials_named(node["parameters"], executor, workspace_id)
        render = renderer(node["parameters"], ("parameters",), templates_of(node, executor), executor.joins)
        if render is not None:
            return PreparedNode(identity=identity, queue=queue, workflow=workflow, executor=executor, render=render, credentials=credentials)
        parameters = validated(executor.parameters, node["parameters"], identity)
        ports = frozenset(executor.ports_of(parameters)) | ({"error"} if node["on_error"] == "port" else frozenset())
        return PreparedNode(
            identity=identity, queue=queue, workflow=workflow, executor=executor, parameters=parameters, ports=ports, credentials=credentials
        )
    except ExpressionError as error:
        return unable(identity, queue, workflow, expression_error(error))
    except ExecutorMissing as error:
        return unable(identity, queue, workflow, error)
    except NodeError as error:
        return unable(identity, queue, workflow, FinalError(error.code, error.message, details=error.details, hint=error.hint))


def credentials_named(parameters: Mapping[str, Any], executor: NodeExecutor[Any], workspace_id: int | None) -> tuple[CredentialUse, ...]:
    """Returns the credentials of the workspace that the parameters name. The names are never templates, so they are known before a visit."""
    named = ((parameter, kinds, as_text(parameters.get(parameter))) for parameter, kinds in executor.info().credentials.items())
    return tuple(
        CredentialUse(parameter=parameter, name=name, kinds=kinds, workspace_id=workspace_id)
        for parameter, kinds, name in named
        if isinstance(name, str)
    )


def unable(identity: NodeIdentity, queue: str, workflow: Mapping[str, Any], error: NodeError) -> PreparedNode:
    return PreparedNode(identity=identity, queue=queue, workflow=workflow, executor=Unable(error), parameters=Anything())


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")


class Unable(NodeExecutor[Anything]):
    """Takes the place of an executor that this worker cannot use: each visit fails and says why, or is handed back for a worker that has it."""

    type: ClassVar[str] = ""
    subtype: ClassVar[str] = ""
    parameters: ClassVar[ModelClass] = Anything

    def __init__(self, error: NodeError) -> None:
        self._error = error

    def renew(self) -> Self:
        return self

    async def execute(self, context: NodeExecutionContext[Anything]) -> NodeExecutionResult:
        if isinstance(self._error, ExecutorMissing):
            raise self._error.with_traceback(None)
        kind = RetryableError if self._error.retryable else FinalError
        raise kind(self._error.code, f"{self._error.message} ({context.node.id})", details=self._error.details, hint=self._error.hint)


def templates_of(node: Mapping[str, Any], executor: NodeExecutor[Any]) -> frozenset[Place]:
    """Returns where the parameters of the node have templates."""
    drawn = NodeDefinition(id=node["node_id"], type=node["type"], subtype=node["subtype"], parameters=node["parameters"])
    return frozenset(found.place for found in expressions_of(drawn, executor.info()) if found.is_template)


def renderer(value: Any, place: Place, templates: frozenset[Place], joins: Mapping[str, Join] = NO_JOINS) -> Render | None:
    """Returns a function that renders a JSON value with templates at these places; None if there are none.

    Args:
        joins: what makes the text of a parameter, where this is more than putting the pieces together.

    Raises:
        ExpressionError: a template cannot be read.
    """
    if isinstance(value, str):
        if place not in templates:
            return None
        template, join = parse_template(value), joins.get(str(place[1])) if len(place) == 2 else None
        return template.render if join is None else lambda scope: template.render_joined(scope, join)
    if isinstance(value, dict):
        of_keys = {key: made for key, item in value.items() if (made := renderer(item, (*place, key), templates, joins))}
        return (lambda scope: value | {key: made(scope) for key, made in of_keys.items()}) if of_keys else None
    if isinstance(value, list):
        of_items = [renderer(item, (*place, position), templates, joins) for position, item in enumerate(value)]
        if any(of_items):
            return lambda scope: [made(scope) if made else item for made, item in zip(of_items, value, strict=True)]
    return None


def validated(model: ModelClass, values: Any, identity: NodeIdentity) -> BaseModel:
    """Returns the parameters as the executor takes them.

    Raises:
        FinalError: they are not valid. The message does not show the values, which may be secret.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, found['loc'])) or 'parameters'} {words_of(found)[0]}" for found in error.errors(include_url=False)[:5])
        hint = "correct the parameters in the definition; where templates make them, look at what the templates made of this input"
        raise FinalError("parameters_invalid", f"the parameters of {identity.id} are not valid: {told}", hint=hint) from error
