"""Where REST has the fields of an operation's request: in the path, the query, a header or the body."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from pydantic import create_model

from interlock.api.models.base import Request
from interlock.api.operations import Operation

PREFIX: Final = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderField:
    """A field that comes as a header.

    Attributes:
        only: whether it is in the header and nowhere else.
    """

    field: str
    header: str
    pattern: str
    description: str
    only: bool = False


_IF_MATCH: Final = HeaderField(
    field="expected_version",
    header="If-Match",
    pattern=r'^("[1-9][0-9]{0,9}"|\*)$',
    description='The `ETag` of the version that was edited, as `"3"`; where the workflow has moved on, nothing is done (IL019).',
    only=True,
)
_IDEMPOTENCY_KEY: Final = HeaderField(
    field="idempotency_key",
    header="Idempotency-Key",
    pattern=r"^[\x21-\x7e]([\x20-\x7e]{0,498}[\x21-\x7e])?$",
    description="The same as the field `idempotency_key` of the body: a repeat with the same key answers with the same execution.",
)
_LAST_EVENT_ID: Final = HeaderField(
    field="since",
    header="Last-Event-ID",
    pattern=r"^[0-9]{1,19}$",
    description="The `id` of the last event seen; the stream goes on after it. It goes before `since`.",
)
HEADER_FIELDS: Final[Mapping[str, HeaderField]] = MappingProxyType(
    {
        "update_workflow": _IF_MATCH,
        "delete_workflow": _IF_MATCH,
        "run_workflow": _IDEMPOTENCY_KEY,
        "retry_execution": _IDEMPOTENCY_KEY,
        "watch_execution": _LAST_EVENT_ID,
    }
)
CONDITIONAL: Final = frozenset({"get_workflow", "get_version"})
"""Operations that answer with an `ETag` and honour `If-None-Match`."""
TAKES_YAML: Final = frozenset({"create_workflow", "update_workflow", "validate_workflow"})
"""Operations whose body may also be the definition itself, as YAML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestForm:
    """How an operation's request is put together.

    Attributes:
        path, query: models of the fields that are found there.
        body: None where there is no body.
        header: the field that may come as a header.
    """

    operation: Operation
    path: type[Request]
    query: type[Request]
    body: type[Request] | None
    header: HeaderField | None

    @property
    def takes_yaml(self) -> bool:
        return self.operation.name in TAKES_YAML


@cache
def form_of(operation: Operation) -> RequestForm:
    """The form of an operation's request, from its path, method and model."""
    header = HEADER_FIELDS.get(operation.name)
    names = set(operation.request.model_fields)
    in_path = {name for name in names if f"{{{name}}}" in operation.path}
    rest = names - in_path - ({header.field} if header is not None and header.only else set())
    has_body = operation.method in {"POST", "PUT", "PATCH"} and bool(rest)
    return RequestForm(
        operation=operation,
        path=_part(operation, in_path, "Path"),
        query=_part(operation, set() if has_body else rest, "Query"),
        body=_part(operation, rest) if has_body else None,
        header=header,
    )


def _part(operation: Operation, names: Collection[str], suffix: str = "") -> type[Request]:
    """The request's model with some of its fields only. The body keeps the model's name, which OpenAPI shows."""
    model = operation.request
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in model.model_fields.items() if name in names}
    return create_model(f"{model.__name__}{suffix}", __base__=Request, __doc__=model.__doc__, __module__=model.__module__, **fields)
