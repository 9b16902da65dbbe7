"""Makes the OpenAPI 3.1 document from the table of operations: `python -m interlock.api.rest.openapi web/openapi.json`."""

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

import interlock
from interlock.api.auth.permissions import Permission
from interlock.api.models.base import Nothing
from interlock.api.models.problems import Problem
from interlock.api.operations import OPERATIONS, SERVICES, HeaderField, Operation
from interlock.api.rest.forms import PREFIX, form_of
from interlock.api.rest.problems import says_when
from interlock.api.rest.responses import meaning, problems_of
from interlock.errors import InterlockError

JsonObject = dict[str, Any]

_DESCRIPTION: Final = """Durable workflows in which code, people and AI agents take turns.

Every error is a problem of RFC 9457 with a stable `code`; `docs/errors.md` says what each one means. A list returns a `next_cursor` for
the next page. An unknown field or parameter is refused, never ignored."""
_SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`il_…`), or a token (JWT) of the Supabase project that is configured.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "interlock_session",
        "description": (
            "The cookie of a sign-in (`POST /api/v1/session`); behind https its name is `__Host-interlock_session`. "
            "Changes need its `csrf_token` as the header `X-CSRF-Token`. A request with the header `X-Workspace-Id` is refused (412, IL064) "
            "if the session is in another workspace."
        ),
    },
}
_HEADERS: Final = {
    "ETag": {"description": 'The version, for example `"3"`; send it as `If-Match` with a change.', "schema": {"type": "string"}},
    "Location": {"description": "Address of what was made.", "schema": {"type": "string"}},
    "X-Request-Id": {"description": "Id of the request, as in the logs.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer"}},
}


@cache
def openapi_document() -> JsonObject:
    """Returns the whole document; callers do not change it."""
    schemas = _Schemas()
    paths: dict[str, JsonObject] = {}
    for operation in OPERATIONS.values():
        paths.setdefault(f"{PREFIX}{operation.path}", {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Interlock",
            "version": interlock.__version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": ".", "description": "The server that sent this document."}],
        "tags": [{"name": name, "description": description} for name, description in SERVICES.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.all(),
            "responses": _problem_responses(schemas),
            "headers": _HEADERS,
            "securitySchemes": _SCHEMES,
        },
    }


class _WithoutFieldTitles(GenerateJsonSchema):
    """Leaves out the titles of fields: they only repeat the names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - a method of the parent
        return False


class _Schemas:
    """The schemas of all models, made together so that they share their parts."""

    def __init__(self) -> None:
        forms = [form_of(operation) for operation in OPERATIONS.values()]
        asked = {part for form in forms for part in (form.path, form.query, form.body) if part is not None}
        answered = {operation.answer for operation in OPERATIONS.values()} - {Nothing} | {Problem}
        wanted: list[Any] = [(model, "validation") for model in sorted(asked, key=_name)]
        wanted += [(model, "serialization") for model in sorted(answered, key=_name)]
        references, definitions = models_json_schema(wanted, ref_template="#/components/schemas/{model}", schema_generator=_WithoutFieldTitles)
        self._of = {model: reference for (model, _), reference in references.items()}
        self._all: JsonObject = definitions["$defs"]
        self._parameters = {self.name(form.path) for form in forms} | {self.name(form.query) for form in forms}
        self._parameters -= {self.name(form.body) for form in forms if form.body is not None}

    def name(self, model: type[Any]) -> str:
        return str(self._of[model]["$ref"]).rpartition("/")[2]

    def reference(self, model: type[Any]) -> JsonObject:
        return dict(self._of[model])

    def fields(self, model: type[Any]) -> Iterator[tuple[str, JsonObject, bool]]:
        """Returns name and schema of each field of a model, and whether the field is required."""
        schema = self._all[self.name(model)]
        for name, described in schema.get("properties", {}).items():
            yield name, described, name in schema.get("required", ())

    def all(self) -> JsonObject:
        """Returns every schema, except those that are shown as parameters."""
        return {name: schema for name, schema in sorted(self._all.items()) if name not in self._parameters}


def _name(model: type[Any]) -> str:
    return f"{model.__module__}.{model.__name__}.{len(model.model_fields)}"


def _operation(operation: Operation, schemas: _Schemas) -> JsonObject:
    form = form_of(operation)
    described: JsonObject = {
        "operationId": operation.name,
        "tags": [operation.service],
        "summary": summary_of(operation),
        "description": _description(operation),
        "security": [] if operation.permission is Permission.PUBLIC else [{"bearer": []}, {"session": []}],
        "x-permission": str(operation.permission),
    }
    parameters = [
        *(_parameter("path", *field) for field in schemas.fields(form.path)),
        *(_parameter("query", *field) for field in schemas.fields(form.query)),
        *([_header_parameter(operation.header)] if operation.header is not None else []),
        *([_IF_NONE_MATCH] if operation.is_conditional else []),
    ]
    if parameters:
        described["parameters"] = parameters
    if form.body is not None:
        content: JsonObject = {"application/json": {"schema": schemas.reference(form.body)}}
        if operation.yaml:
            content["application/yaml"] = {"schema": {"type": "object", "description": "The definition itself."}}
        required = any(field.is_required() for field in form.body.model_fields.values())
        described["requestBody"] = {"required": required, "content": content}
    described["responses"] = _responses(operation, schemas)
    return described


def summary_of(operation: Operation) -> str:
    """Returns the name of an operation in words."""
    return operation.name.replace("api_key", "API key").replace("_", " ").capitalize().replace("api key", "API key")


def _description(operation: Operation) -> str:
    said = (operation.request.__doc__ or "").strip()
    if operation.permission in {Permission.PUBLIC, Permission.ACCOUNT}:
        return said
    return f"{said}\n\nNeeds the permission `{operation.permission}`.".strip()


_IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "An `ETag` that you have; if it is still the present one, the answer is 304 and has no body.",
    "schema": {"type": "string"},
}


def _parameter(place: str, name: str, schema: JsonObject, required: bool) -> JsonObject:
    shown = {key: value for key, value in _without_null(schema).items() if key != "title"}
    description = shown.pop("description", None)
    described: JsonObject = {"name": name, "in": place, "required": required or place == "path", "schema": shown}
    if description:
        described["description"] = description
    return described


def _without_null(schema: JsonObject) -> JsonObject:
    """Removes null from a parameter's schema: a parameter is left out instead."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if "anyOf" not in schema or len(kinds) != 1:
        return schema
    return dict(kinds[0]) | {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}


def _header_parameter(header: HeaderField) -> JsonObject:
    return {
        "name": header.header,
        "in": "header",
        "required": False,
        "description": header.description,
        "schema": {"type": "string", "pattern": header.pattern},
    }


def _responses(operation: Operation, schemas: _Schemas) -> JsonObject:
    responses: JsonObject = {str(operation.status): _success(operation, schemas)}
    if operation.is_conditional:
        responses["304"] = {"description": "The caller has the present version.", "headers": {"ETag": _header("ETag")}}
    for status, errors in problems_of(operation).items():
        responses[str(status)] = {"$ref": f"#/components/responses/{_problem_name(errors)}"}
    responses["default"] = {"$ref": "#/components/responses/problem"}
    return responses


def _problem_responses(schemas: _Schemas) -> JsonObject:
    """Describes each set of errors that some operation answers with under one status."""
    sets = {_problem_name(errors): errors for operation in OPERATIONS.values() for errors in problems_of(operation).values()}
    described = {name: _problem(meaning(errors), schemas, retry=_has_retry_after(errors)) for name, errors in sorted(sets.items())}
    return described | {"problem": _problem("Any other error.", schemas)}


def _problem_name(errors: Sequence[type[InterlockError]]) -> str:
    return "_".join(["problem", *(error.code for error in errors)])


def _has_retry_after(errors: Sequence[type[InterlockError]]) -> bool:
    return any(says_when(error) for error in errors)


def _success(operation: Operation, schemas: _Schemas) -> JsonObject:
    described: JsonObject = {
        "description": (operation.answer.__doc__ or "Success.").strip(),
        "headers": {"X-Request-Id": _header("X-Request-Id")},
    }
    if operation.etag:
        described["headers"]["ETag"] = _header("ETag")
    if operation.location is not None:
        described["headers"]["Location"] = _header("Location")
    if operation.streams:
        text = "Server-sent events: `id` is the `change_number`, `event` the `kind`, `data` the event as JSON of this schema."
        described["content"] = {
            "text/event-stream": {"schema": {"type": "string", "description": text}, "x-event": schemas.reference(operation.answer)}
        }
    elif operation.answer is not Nothing:
        described["content"] = {"application/json": {"schema": schemas.reference(operation.answer)}}
    return described


def _problem(description: str, schemas: _Schemas, *, retry: bool = False) -> JsonObject:
    headers = {"X-Request-Id": _header("X-Request-Id")} | ({"Retry-After": _header("Retry-After")} if retry else {})
    return {"description": description, "headers": headers, "content": {"application/problem+json": {"schema": schemas.reference(Problem)}}}


def _header(name: str) -> JsonObject:
    return {"$ref": f"#/components/headers/{name}"}


def write_document() -> str:
    """Returns the document as the text that is committed beside the sources of the pages."""
    import json

    return json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(write_document(), encoding="utf-8")
