"""What a worker passes to an executor."""

import asyncio
import logging
from dataclasses import fields
from typing import Any

from pydantic import BaseModel

from interlock.definition import Scope
from interlock.nodes import Credentials, NodeExecutionContext, NodeIdentity
from interlock.worker.held import HeldAssignment


class VisitContext(NodeExecutionContext[Any]):
    """The context of one attempt. It reads what the worker holds, and makes what few executors read only when one reads it."""

    __slots__ = ("_credentials", "_held", "_log", "_parameters", "_scope")

    _held: HeldAssignment
    _parameters: BaseModel
    _scope: Scope
    _credentials: Credentials
    _log: logging.Logger

    def __new__(cls, **given: Any) -> NodeExecutionContext[Any]:  # type: ignore[misc]  # what `dataclasses.replace` makes is an ordinary context
        return NodeExecutionContext(**given)

    @classmethod
    def of(
        cls, held: HeldAssignment, parameters: BaseModel, scope: Scope | None, credentials: Credentials, logger: logging.Logger
    ) -> NodeExecutionContext[Any]:
        """Returns the context of an attempt.

        Args:
            scope: what its expressions have read; None if the node has none.
        """
        context: VisitContext = object.__new__(cls)
        put = object.__setattr__
        put(context, "_held", held)
        put(context, "_parameters", parameters)
        if scope is not None:
            put(context, "_scope", scope)
        put(context, "_credentials", credentials)
        put(context, "_log", logger)
        return context

    def __reduce__(self) -> Any:
        return _context_of, ({field.name: getattr(self, field.name) for field in fields(NodeExecutionContext)},)

    @property
    def input(self) -> Any:
        return self._held.input

    @property
    def parameters(self) -> Any:
        return self._parameters

    @property
    def scope(self) -> Scope:
        try:
            return self._scope
        except AttributeError:
            scope = self._held.node.scope_of(self._held.assignment)
            object.__setattr__(self, "_scope", scope)
            return scope

    @property
    def attempt(self) -> int:
        return self._held.key[2]

    @property
    def visit(self) -> int:
        return self._held.assignment["visit"]

    @property
    def idempotency_key(self) -> str:
        return self._held.assignment["idempotency_key"]

    @property
    def execution_id(self) -> str:
        return self._held.key[0]

    @property
    def assignment_id(self) -> str:
        return self._held.key[1]

    @property
    def subject(self) -> str | None:
        return self._held.assignment["subject"]

    @property
    def node(self) -> NodeIdentity:
        return self._held.node.identity

    @property
    def timeout_seconds(self) -> float | None:
        return self._held.timeout_seconds

    @property
    def cancelled(self) -> asyncio.Event:
        return self._held.cancelled

    @property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]:
        return logging.LoggerAdapter(self._log, self._held.ids)

    @property
    def credentials(self) -> Credentials:
        return self._credentials


def _context_of(given: dict[str, Any]) -> NodeExecutionContext[Any]:
    return NodeExecutionContext(**given)
