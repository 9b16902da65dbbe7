"""Reads an HTTP request as the request of an operation."""

import re
from typing import Any, Final

from pydantic import ValidationError
from starlette.requests import Request as HttpRequest

from interlock.api.call import Call
from interlock.api.models.base import Request
from interlock.api.operations import HeaderField
from interlock.api.rest.bodies import read_body, read_body_model
from interlock.api.rest.forms import RequestForm
from interlock.api.rest.problems import invalid_request
from interlock.api.storable import check_storable
from interlock.errors import InvalidField, InvalidRequest

PARAMETERS: Final = 200
"""How many parameters of a query are read."""


async def read_request(form: RequestForm, request: HttpRequest, call: Call) -> Request:
    """Reads the request from path, query, header and body. A large one is read beside the event loop, those of one caller one after the other.

    Raises:
        InvalidRequest: a part of it is not valid, or cannot be stored.
        RequestTooLarge, RequestTooSlow, MediaTypeUnknown, BadRequest: what `read_body` and `read_body_model` raise.
        TooBusy: too many large requests of the caller wait.
    """
    values = _checked(form.path, dict(request.path_params), "path") | _checked(form.query, _query(form, request), "query")
    if form.body is None:
        return _put_together(form, request, values)
    body = await read_body(form, request, call.services.settings)
    request.state.yaml = body.raw if body.is_yaml else None

    def read() -> Request:
        return _put_together(form, request, values | _given(read_body_model(form, body)))

    return await call.services.readers.run(call.asker, read) if body.is_large else read()


def _put_together(form: RequestForm, request: HttpRequest, values: dict[str, Any]) -> Request:
    if form.operation.header is not None:
        values |= _of_header(form.operation.header, request, values)
    try:
        made = form.operation.request(**values)
    except ValidationError as error:
        raise invalid_request(error, "request") from error
    check_storable(made)
    return made


def _query(form: RequestForm, request: HttpRequest) -> dict[str, Any]:
    values: dict[str, Any] = {}
    count = request.scope["query_string"].count(b"&") + 1
    if count > PARAMETERS:
        raise _invalid("query", f"it has {count:,} parameters; at most {PARAMETERS} are read", "leave out what this operation does not have")
    given_of: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        given_of.setdefault(name, []).append(value)
    for name, given in given_of.items():
        field = form.query.model_fields.get(name)
        if field is not None and "list[" in str(field.annotation):
            values[name] = given
        elif len(given) == 1:
            values[name] = given[0]
        else:
            raise _invalid(f"query.{name}", f"it came {len(given)} times", "give it once")
    return values


def _of_header(header: HeaderField, request: HttpRequest, values: dict[str, Any]) -> dict[str, Any]:
    """Reads the field that may come as a header. The header takes precedence over the query, and must agree with the body."""
    given = request.headers.getlist(header.header)
    if not given:
        return {}
    place = f"header.{header.header}"
    if len(given) > 1 or re.fullmatch(header.pattern, given[0]) is None:
        raise _invalid(place, f"{', '.join(given)!r:.100} is not {header.words}", "fix it, or leave it out")
    text = given[0].strip('"') if header.only else given[0]
    if text == "*":
        return {}
    if header.field == "idempotency_key" and values.get(header.field, text) != text:
        raise _invalid(place, "the body has another idempotency_key", "give it once")
    try:
        checked = form_value(header, text)
    except ValueError as error:
        raise _invalid(place, f"{text:.50} is larger than any there is", "fix it, or leave it out") from error
    return {header.field: checked}


def form_value(header: HeaderField, text: str) -> str | int:
    """Converts the value of a header to that of its field."""
    if header.field == "idempotency_key":
        return text
    number = int(text)
    if number >= 2 ** (31 if header.only else 63):
        raise ValueError(text)
    return number


def _checked(model: type[Request], values: dict[str, Any], part: str) -> dict[str, Any]:
    try:
        return _given(model.model_validate(values))
    except ValidationError as error:
        raise invalid_request(error, part) from error


def _given(part: Request) -> dict[str, Any]:
    return {name: getattr(part, name) for name in part.model_fields_set}


def _invalid(place: str, message: str, hint: str) -> InvalidRequest:
    return InvalidRequest("1 field is not valid", fields=[InvalidField(place=place, message=message, hint=hint)])
