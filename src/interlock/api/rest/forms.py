"""Where REST takes the fields of a request: from the path, the query, a header or the body."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import create_model

from interlock.api.models.base import Request
from interlock.api.operations import Operation

PREFIX: Final = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestForm:
    """How REST puts the request of an operation together.

    Attributes:
        path, query: models of the fields that are there.
        body: model of the fields in the body; None if there is no body.
    """

    operation: Operation
    path: type[Request]
    query: type[Request]
    body: type[Request] | None


@cache
def form_of(operation: Operation) -> RequestForm:
    """Finds the form of an operation's request from its path, method and model."""
    header = operation.header
    names = set(operation.request.model_fields)
    in_path = {name for name in names if f"{{{name}}}" in operation.path}
    rest = names - in_path - ({header.field} if header is not None and header.only else set())
    has_body = operation.has_body and bool(rest)
    return RequestForm(
        operation=operation,
        path=_part(operation, in_path, "Path"),
        query=_part(operation, set() if has_body else rest, "Query"),
        body=_part(operation, rest) if has_body else None,
    )


def _part(operation: Operation, names: Collection[str], suffix: str = "") -> type[Request]:
    """Makes a model with some fields of the request. The body keeps the name of the request's model, which OpenAPI shows."""
    model = operation.request
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in model.model_fields.items() if name in names}
    return create_model(f"{model.__name__}{suffix}", __base__=Request, __doc__=model.__doc__, __module__=model.__module__, **fields)
