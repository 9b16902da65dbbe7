"""Writes the reference of REST from the table of operations: `python -m interlock.api.rest.reference docs/reference/rest.md`."""

import sys
from pathlib import Path
from typing import Any, Final

from interlock.api.operations import GENERAL_ERRORS, OPERATIONS, SERVICES, Operation
from interlock.api.rest.examples import EXAMPLES
from interlock.api.rest.forms import PREFIX
from interlock.api.rest.openapi import openapi_document, summary_of

JsonObject = dict[str, Any]
_AFTER_ERRORS: Final = (
    "What an operation answers with besides these stands under *Errors* of the operation. [errors](../errors.md) explains each code."
)

HEAD: Final = """# REST

Written by `python -m interlock.api.rest.reference`; a test compares it with the API.

Everything below `/api/v1` is JSON in UTF-8. `/openapi.json` describes it in full (OpenAPI 3.1), `/healthz` says whether the process lives and
`/readyz` whether it can work. Any number of API processes over one database are equal.

## Who asks

Programs send `Authorization: Bearer …` with an API key (`il_…`) or a token (JWT) of the Supabase project that is configured. Browsers sign in
with `POST /api/v1/session` and get the cookie `interlock_session` (behind https `__Host-interlock_session`); with it, every change needs the
header `X-CSRF-Token` (the `csrf_token` of the session) and, where `Origin` is sent, our own origin. Which role may do what: each operation
names the permission that it needs.

## Requests

- A field or parameter that is not known is refused, never ignored; so are a key given twice, `NaN`, and text that is not UTF-8.
- A list in the query is given by repeating it: `?status=failed&status=running`.
- `{workflow}` is an id or a name; a name with `/` in it can be given by its id only.
- Definitions are sent as `{"definition": {…}}`, or as YAML: with `Content-Type: application/yaml` the body is the definition itself.
- Bodies are at most 1 MiB, definitions 8 MiB, a sign-in 16 KiB, and have 30 seconds to arrive; address and headers are at most 64 KiB and have 20.
- Every `GET` but that of events can be asked as `HEAD`; `OPTIONS` tells the methods of an address.
- `Idempotency-Key` with `run` and `retry`: a repeat with the same key answers with the same execution, whichever process it comes to. A key that was
  used for another input, subject or version is refused (409, IL022).
- `Host`, `Authorization`, `Origin`, `Content-Type` and `X-CSRF-Token` come at most once.
- `traceparent` (W3C) continues the caller's trace in the execution that is started. `X-Request-Id` (8 to 64 letters, digits, `_`, `.`, `-`) is kept;
  without it one is made. Every answer has it, and so do the logs.

## Answers

- `GET` of a workflow or version has an `ETag`; with `If-None-Match` it is 304 where nothing changed, and with `If-Match` a change is made only where
  the workflow is still at that version (else 412).
- Answers of more than 16 KiB are compressed with gzip for whoever takes that (`Accept-Encoding`), but for those with an `ETag`, and events.
- Lists answer `items` and `next_cursor`; `?cursor=` gives the next page, none after the last.
- However much went through an execution, an answer about it is bounded. `run_data` comes in parts: at most `run_data_limit` steps and about 3 MiB
  of inputs and outputs; where more follow it is `truncated`, and `?run_data_cursor=` with its `next_cursor` gives the next part. What is too large
  for a part is null and named in `left_out`; the address of the assignment has it. `/assignments` of an execution answers `next_since`, which gives
  the next page as `?since=`.
- Errors are `application/problem+json` (RFC 9457): `code` ([errors](../errors.md)), `detail` (the message), `details`, `hint`, `type`, `title`,
  `status`, `instance` (the id of the request), `retryable`, and `invalid`: one entry with `place` (`body.results[0].attempt`, `query.limit`),
  `message` and `hint` for each field that is wrong.
  503 and 429 have `Retry-After`.
- A process takes 1,000 requests at once, streams not counted, and answers 503 (IL056) to more.

## Events

`GET /api/v1/executions/{execution_id}/events` is `text/event-stream`: `id` is the `change_number`, `event` is `execution`, `assignment` or `end`,
`data` is the event as JSON. After `end` the stream closes. A client that comes again with `Last-Event-ID` (or `?since=`), to any process, gets what
came after, without a gap and nothing twice. A comment every 15 seconds keeps the connection open. The stream also closes, without `end`, when the
process stops or when who watches no longer may; a process serves 2,000 streams at once, and answers 503 to more.
"""


def write_reference() -> str:
    """The page, as Markdown."""
    parts = [HEAD, _general_errors(), _examples()]
    for service, description in SERVICES.items():
        operations = [operation for operation in OPERATIONS.values() if operation.service == service]
        parts.append(f"## {summary(service)}\n\n{description}\n")
        parts += [_operation(operation) for operation in operations]
    return "\n".join(parts)


def summary(service: str) -> str:
    return {"api_keys": "API keys"}.get(service, service.replace("_", " ").capitalize())


def _examples() -> str:
    shown = "\n".join(f"{example.about}\n\n```sh\n{example.command}\n```\n" for example in EXAMPLES)
    return f"## By hand\n\nWith `URL` the server's address and `KEY` an API key:\n\n{shown}"


def _operation(operation: Operation) -> str:
    described: JsonObject = openapi_document()["paths"][f"{PREFIX}{operation.path}"][operation.method.lower()]
    lines = [f"### {summary_of(operation)}", "", f"`{operation.method} {PREFIX}{operation.path}` · `{operation.name}` · {_permission(operation)}", ""]
    lines += [described["description"].partition("\n\n")[0], ""]
    fields = [_row(parameter["name"], parameter["in"], parameter["schema"], parameter) for parameter in described.get("parameters", [])]
    fields += _body_rows(described)
    if fields:
        lines += ["| field | in | | |", "| --- | --- | --- | --- |", *fields, ""]
    lines += [f"Answers {operation.status} {_answer(operation)}{_headers(operation)}. {operation.repeat.value}", ""]
    if operation.errors:
        errors = sorted(operation.errors, key=lambda error: error.code)
        lines += [f"Errors: {', '.join(f'{error.code} {error.__name__} ({error.http_status})' for error in errors)}.", ""]
    return "\n".join(lines)


def _headers(operation: Operation) -> str:
    names = [name for name, is_there in (("ETag", operation.etag), ("Location", operation.location is not None)) if is_there]
    return f", and {' and '.join(f'`{name}`' for name in names)}" if names else ""


def _general_errors() -> str:
    rows = [
        f"| {general.kind} | {', '.join(f'{error.code} ({error.http_status})' for error in sorted(general.errors, key=lambda error: error.code))} |"
        for general in GENERAL_ERRORS
    ]
    return "\n".join(["## Errors of many operations", "", "| of | errors |", "| --- | --- |", *rows, "", _AFTER_ERRORS, ""])


def _permission(operation: Operation) -> str:
    named = {"public": "no sign-in needed", "account": "any sign-in"}
    return named.get(operation.permission, f"needs `{operation.permission}`")


def _answer(operation: Operation) -> str:
    if operation.streams:
        return f"with events, each an `{operation.answer.__name__}`"
    return "without a body" if operation.status == 204 else f"with `{operation.answer.__name__}`"


def _body_rows(described: JsonObject) -> list[str]:
    if "requestBody" not in described:
        return []
    name = described["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = openapi_document()["components"]["schemas"][name]
    required = schema.get("required", [])
    return [_row(field, "body", shape, shape | {"required": field in required}) for field, shape in schema["properties"].items()]


def _row(name: str, place: str, schema: JsonObject, described: JsonObject) -> str:
    said = " ".join(str(described.get("description", schema.get("description", ""))).split()).replace("|", "\\|")
    needed = "needed" if described.get("required") else ""
    return f"| `{name}` | {place} | {_kind(schema)}{', ' + needed if needed else ''} | {said} |"


def _kind(schema: JsonObject) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "anyOf" in schema:
        return " or ".join(_kind(kind) for kind in schema["anyOf"] if kind != {"type": "null"})
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    bounds = [f"{schema[key]:,}" for key in ("minimum", "maximum") if key in schema]
    kind = schema.get("format") or schema.get("type", "any")
    return f"{kind}{' ' + ' to '.join(bounds) if bounds else ''}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(write_reference(), encoding="utf-8")
