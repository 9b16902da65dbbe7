"""Reads bodies of requests, within limits of size and time, as JSON or YAML."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError
from starlette.requests import Request as HttpRequest

from interlock.api.auth.permissions import Permission
from interlock.api.definition_errors import place_of
from interlock.api.models.assignments import UnreadableResults
from interlock.api.models.base import Request
from interlock.api.rest.forms import RequestForm
from interlock.api.rest.problems import invalid_request, unreadable_body
from interlock.api.settings import ApiSettings
from interlock.definition import DEFINITION_LIMITS, read_yaml
from interlock.errors import BadRequest, InvalidField, MediaTypeUnknown, RequestTooLarge, RequestTooSlow
from interlock.json_text import LEVELS_AROUND, STANDARD_LIMITS, JsonLimits, UnreadableValue, check_json, parse_json, write_json

BODY_SECONDS: Final = 30.0
"""Time in which a whole body must arrive."""
QUICK_BYTES: Final = 64 * 1024
QUICK_YAML_BYTES: Final = 2 * 1024
"""YAML takes some thirty times as long to parse as JSON."""
DEFINITION_VALUES: Final = DEFINITION_LIMITS.values * 5 // 4
"""Maximum number of values in a body with a definition: one with more is refused before they are made. One with somewhat too many gets a report."""
ANONYMOUS_BYTES: Final = 16 * 1024
"""Maximum size of a body from a caller who is not signed in."""
_JSON: Final = "application/json"
_YAML: Final = frozenset({"application/yaml", "application/x-yaml", "text/yaml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body as it came; `limit` is what it was read with, in bytes."""

    raw: bytes
    is_yaml: bool
    limit: int

    @property
    def is_large(self) -> bool:
        """Whether it takes so long to parse that other requests would wait for it."""
        return len(self.raw) > (QUICK_YAML_BYTES if self.is_yaml else QUICK_BYTES)


async def read_body(form: RequestForm, request: HttpRequest, settings: ApiSettings) -> Body:
    """Reads a body; a missing one is an empty object.

    Raises:
        RequestTooLarge, RequestTooSlow, MediaTypeUnknown: the body is not read.
    """
    is_yaml = _is_yaml(form, request)
    limit = _limit(form, settings)
    raw = await _read(request, limit)
    if not raw:
        return Body(raw=b"{}", is_yaml=False, limit=limit)
    if is_yaml is None:
        raise _media_type_unknown(form, request)
    return Body(raw=raw, is_yaml=is_yaml, limit=limit)


def read_body_model(form: RequestForm, body: Body) -> Request:
    """Returns the part of the operation's request that is in the body.

    Raises:
        BadRequest, InvalidRequest: it is wrong.
    """
    assert form.body is not None
    return _model_of(form.body, body.raw, body.limit, is_yaml=body.is_yaml)


def _limit(form: RequestForm, settings: ApiSettings) -> int:
    if form.operation.permission is Permission.PUBLIC:
        return min(ANONYMOUS_BYTES, settings.body_limit)
    return settings.definition_limit if form.operation.takes_definition else settings.body_limit


async def _read(request: HttpRequest, limit: int) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    received = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                received += chunk
                if len(received) > limit:
                    raise _too_large(limit)
    except TimeoutError as error:
        raise RequestTooSlow(f"the body did not arrive within {BODY_SECONDS:.0f} seconds", hint="send it again") from error
    return bytes(received)


def _model_of(model: type[Request], raw: bytes, limit: int, *, is_yaml: bool) -> Request:
    limits = replace(STANDARD_LIMITS, text_bytes=limit, values=DEFINITION_VALUES if "definition" in model.model_fields else STANDARD_LIMITS.values)
    try:
        if is_yaml:
            read = {"definition": read_yaml(raw, limits)}
            return model.model_validate(read | {"source": raw.decode("utf-8-sig")} if "source" in model.model_fields else read)
        value = parse_json(raw, limits)
        if not isinstance(value, dict):
            raise BadRequest("the body is not a JSON object", hint='for example: {"input": {}}')
        try:
            check_json(value, limits.inside(LEVELS_AROUND))
        except UnreadableValue as error:
            unreadable = _set_aside_results(model, value, error, limits.inside(LEVELS_AROUND))
            return model.model_validate_json(write_json(value, limits.inside(LEVELS_AROUND)), strict=True, context=unreadable)
        return model.model_validate_json(raw, strict=True)
    except UnreadableValue as error:
        raise unreadable_body(error) from error
    except ValidationError as error:
        raise invalid_request(error, "body") from error


def _set_aside_results(model: type[Request], body: dict[str, Any], error: UnreadableValue, limits: JsonLimits) -> UnreadableResults:
    """Takes out of a body what cannot be read in one of several results, so that the others count; returns what was wrong with it.

    Raises:
        UnreadableValue: the error, which is somewhere else.
    """
    results = body.get("results")
    if "results" not in model.model_fields or not isinstance(results, list):
        raise error
    found: dict[tuple[Any, Any], InvalidField] = {}
    for position, one in enumerate(results):
        try:
            check_json(one, limits)
        except UnreadableValue as wrong:
            about = {name: one.get(name) for name in ("execution_id", "assignment_id")} if isinstance(one, dict) else {}
            if not about or not all(isinstance(value, str) for value in about.values()):
                raise error from wrong
            found[about["execution_id"], about["assignment_id"]] = InvalidField(
                place=place_of(wrong.place), message=wrong.message, code=wrong.code, hint=wrong.hint
            )
            results[position] = about
    check_json(body, limits)
    return UnreadableResults(found)


def _is_yaml(form: RequestForm, request: HttpRequest) -> bool | None:
    """Returns None for a type that is not supported."""
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower()
    if (charset and charset.replace('"', "") != "charset=utf-8") or request.headers.get("content-encoding", "identity") != "identity":
        return None
    kind = kind.strip().lower()
    return False if kind == _JSON else True if kind in _YAML and form.operation.yaml else None


def _media_type_unknown(form: RequestForm, request: HttpRequest) -> MediaTypeUnknown:
    given = request.headers.get("content-type")
    coded = request.headers.get("content-encoding")
    said = f"a body of type {given!r:.100} is not read here" if given else "the body comes without a type"
    return MediaTypeUnknown(
        f"a body in the encoding {coded!r:.50} is not read here" if coded else said,
        hint=f"send it in UTF-8 as Content-Type: {_JSON}{' or application/yaml' if form.operation.yaml else ''}",
    )


def _too_large(limit: int) -> RequestTooLarge:
    return RequestTooLarge(f"the body is larger than {limit:,} bytes", hint="keep files where they are and pass their address")
