"""Makes the HTTP request of an operation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from interlock.api.definition_errors import place_of
from interlock.api.operations import Operation
from interlock.client.problems import invalid_request
from interlock.errors import InvalidField, InvalidRequest
from interlock.json_text import LEVELS_AROUND, STANDARD_LIMITS, UnreadableValue, write_json

ROOT: Final = "/api/v1"
_IN_PATH: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCall:
    """A request, without the proof of its caller."""

    path: str
    query: httpx.QueryParams
    headers: Mapping[str, str]
    body: bytes | None
    has_idempotency_key: bool


def prepare(operation: Operation, values: Mapping[str, Any]) -> PreparedCall:
    """Makes the request. Values that are None are left out.

    Raises:
        InvalidRequest: the operation does not take a value.
    """
    given = {name: value for name, value in values.items() if value is not None}
    try:
        operation.request.model_validate(given)
    except ValidationError as error:
        raise invalid_request(operation.name, error) from error
    headers: dict[str, str] = {}
    header = operation.header
    if header is not None and header.only and header.field in given:
        headers[header.header] = f'"{given.pop(header.field)}"'
    has_key = "idempotency_key" in given
    in_path = {name: given.pop(name) for name in _IN_PATH.findall(operation.path)}
    path = ROOT + _IN_PATH.sub(lambda found: quote(str(in_path[found[1]]), safe=""), operation.path)
    if operation.method in {"GET", "DELETE"}:
        return PreparedCall(path=path, query=_query(given), headers=headers, body=None, has_idempotency_key=has_key)
    headers["Content-Type"] = "application/json"
    return PreparedCall(path=path, query=httpx.QueryParams(), headers=headers, body=_json(operation, given), has_idempotency_key=has_key)


def _query(values: Mapping[str, Any]) -> httpx.QueryParams:
    """Repeats the name for each item of a list."""
    pairs: list[tuple[str, str | int | float | bool | None]] = []
    for name, value in to_jsonable_python(dict(values)).items():
        items = value if isinstance(value, list) else [value]
        pairs.extend((name, item) for item in items)
    return httpx.QueryParams(pairs)


def _json(operation: Operation, values: Mapping[str, Any]) -> bytes:
    try:
        plain = to_jsonable_python(dict(values))
    except ValueError:  # something is not JSON: `write_json` says what and where
        plain = dict(values)
    try:
        return write_json(plain, STANDARD_LIMITS.inside(LEVELS_AROUND))
    except UnreadableValue as error:
        place = place_of(error.place)
        field = InvalidField(place=place, message=error.message, code=error.code, hint=error.hint)
        message = f"{operation.name} cannot be called like this: {place}: {error.message}"
        raise InvalidRequest(message, hint=error.hint, fields=[field]) from error
