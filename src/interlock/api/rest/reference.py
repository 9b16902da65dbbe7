"""Writes the reference of REST from the table of operations: `python -m interlock.api.rest.reference docs/reference/rest.md`."""

import sys
from pathlib import Path
from typing import Any, Final

from interlock.api.operations import GENERAL_ERRORS, OPERATIONS, SERVICES, Operation
from interlock.api.rest.examples import EXAMPLES
from interlock.api.rest.forms import PREFIX
from interlock.api.rest.openapi import openapi_document, summary_of

JsonObject = dict[str, Any]
_AFTER_ERRORS: Final = "Each operation below lists the other errors that it can answer with. [errors](../errors.md) explains each code."

HEAD: Final = """# REST

Written by `python -m interlock.api.rest.reference`; a test compares it with the API.

Everything below `/api/v1` is JSON in UTF-8. `/openapi.json` describes it completely (OpenAPI 3.1). `/healthz` says whether the process is alive,
`/readyz` whether it can work. Any number of API processes may serve one database.

## Signing in

Programs send `Authorization: Bearer …` with an API key (`il_…`) or a token (JWT) of the configured Supabase project. Browsers sign in with
`POST /api/v1/session` and get the cookie `interlock_session` (behind https `__Host-interlock_session`). With the cookie every change needs the
header `X-CSRF-Token`, which is the `csrf_token` of the session, and an `Origin`, if it is sent, must be our own. Each operation below names the
permission that it needs; [security](../concepts/security.md) lists the permissions of each role.

A request may name the workspace that it is meant for: `X-Workspace-Id` is the `workspace.id` of the session. If the caller is in another workspace
by then, nothing is done (412, IL064). The pages send it with every request, because another tab can switch the workspace. An API key stays in its
workspace and needs no such header.

## Requests

- An unknown field or parameter is refused, never ignored. So are a key that is given twice, `NaN`, and text that is not UTF-8.
- Repeat a parameter to send a list in the query: `?status=failed&status=running`.
- `{workflow}` is an id or a name. A workflow with `/` in its name needs its id.
- Send a definition as `{"definition": {…}}`, or as YAML: with `Content-Type: application/yaml` the body is the definition itself.
- A body has at most 1 MiB, a definition 8 MiB, a sign-in 16 KiB; it must arrive within 30 seconds. Address and headers have at most 64 KiB
  together, and must arrive within 20 seconds.
- Every `GET`, except of events, can also be sent as `HEAD`. `OPTIONS` returns the methods of an address.
- `Idempotency-Key` with `run` and `retry`: a repeat with the same key returns the same execution, whichever process gets it. A key that was used
  for another input, subject or version is refused (409, IL022).
- `Host`, `Authorization`, `Origin`, `Content-Type`, `X-CSRF-Token` and `X-Workspace-Id` may come once. HTTP/1.1 without `Host` is refused (400,
  IL013), and so is a body whose chunks cannot be read. A body that is compressed or not in UTF-8 is refused (415, IL053).
- `traceparent` (W3C) continues the caller's trace in the execution that is started. A valid `X-Request-Id` (8 to 64 letters, digits, `_`, `.`,
  `-`) is kept, otherwise one is made. Every answer has it, and so do the logs.

## Answers

- `GET` of a workflow or version has an `ETag`. With `If-None-Match` it answers 304 if nothing changed. With `If-Match` a change is made only if the
  workflow is still at that version; otherwise it is refused (412, IL019).
- Answers of more than 16 KiB are compressed with gzip if the client accepts that (`Accept-Encoding`), except those with an `ETag`, and events.
- A list returns `items` and `next_cursor`; `?cursor=` returns the next page. The last page has no `next_cursor`.
- An answer about an execution is bounded, however long the execution is. `run_data` comes in parts of at most `run_data_limit` steps and about 3 MiB
  of inputs and outputs. If more follow, it is `truncated`, and `?run_data_cursor=` with its `next_cursor` returns the next part. A value that is too
  large for a part is null and named in `left_out`; the address of the assignment returns it. `/assignments` of an execution has `next_since`:
  `?since=` returns the next page.
- Errors are `application/problem+json` (RFC 9457): `code` ([errors](../errors.md)), `detail` (the message), `details`, `hint`, `type`, `title`,
  `status`, `instance` (the id of the request), `retryable`, and `invalid`: one entry with `place` (`body.results[0].attempt`, `query.limit`),
  `message` and `hint` for each field that is wrong; for a definition that came as YAML with its `line` and `column`. Errors with 503 and 429 have
  `Retry-After`.
- Of several results (`complete_assignments`) each has its answer. One that is not valid is answered with IL054 and what is wrong in it; the others
  count, and the worker still holds its assignment. Only a result that does not say which assignment it is for refuses the request.
- A process answers 1,000 requests at once, open streams not counted, and refuses more (503, IL056).
- A process answers a user 30,000 requests a minute, a sixth of them at once, and a workspace that has neighbours twice as many; an admin can set
  another limit for a workspace. More are refused before the body is read (429, IL062): `detail` says which limit it is and when to try again, as
  `Retry-After` does, and `details` has its name. Signing in, `/healthz`, `/readyz` and `/metrics` do not count.
- A statement waits 0.8 s for a lock, and one operation uses at most half of the connections of a process. Whatever is locked, the caller has an
  answer within 2 seconds (503, IL090), and other operations go on.

## Events

`GET /api/v1/executions/{execution_id}/events` is `text/event-stream`: `id` is the `change_number`, `event` is `execution`, `assignment` or `end`,
`data` is the event as JSON. The stream closes after `end`. A client that reconnects, to any process, with `Last-Event-ID` (or `?since=`) gets what
came after, without a gap and without a duplicate. A comment every 15 seconds keeps the connection open. The stream also closes, without `end`, when
the process stops or when the user may no longer watch. A process serves 2,000 streams at once, and refuses more (503, IL056); 1,000 of one user
and 1,500 of a workspace that has neighbours, and refuses more (429, IL062).
"""


def write_reference() -> str:
    """Returns the page, as Markdown."""
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
    return f"## Examples\n\n`URL` is the address of the server, `KEY` an API key.\n\n{shown}"


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
    needed = "required" if described.get("required") else ""
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
