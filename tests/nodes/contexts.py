"""Contexts as a worker makes them."""

import logging
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from interlock.definition.expressions.scope import Scope
from interlock.nodes import Credential, Credentials, NodeExecutionContext, NodeExecutor, NodeIdentity

P = TypeVar("P", bound=BaseModel)


def context_for(
    executor: NodeExecutor[P],
    parameters: Mapping[str, Any],
    *,
    input: Mapping[str, Any] | None = None,  # noqa: A002  the word of the contract
    nodes: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    idempotency_key: str = "key-1",
    credentials: Mapping[str, Credential] | None = None,
) -> NodeExecutionContext[P]:
    """One attempt with these parameters, already rendered."""
    given = dict(input or {})
    model: Any = executor.parameters.model_validate(parameters)
    return NodeExecutionContext(
        input=given,
        parameters=model,
        scope=Scope(input=given, nodes=nodes or {}, context=context or {}, execution={"id": "execution-1", "workflow": "test", "version": 1}),
        idempotency_key=idempotency_key,
        execution_id="execution-1",
        assignment_id="assignment-1",
        node=NodeIdentity(id="node", name="Node"),
        logger=logging.getLogger("tests.nodes"),
        credentials=Credentials(credentials or {}),
    )
