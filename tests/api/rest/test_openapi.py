"""OpenAPI says what the table of operations says, and the committed document is the present one."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from interlock.api.auth.permissions import Permission
from interlock.api.operations import OPERATIONS, SERVICES, Operation, errors_of
from interlock.api.rest.forms import PREFIX, form_of
from interlock.api.rest.openapi import openapi_document, write_document

ROOT = Path(__file__).parents[3]
DOCUMENT = openapi_document()


def test_the_written_document_is_the_present_one() -> None:
    kept = (ROOT / "web" / "openapi.json").read_text(encoding="utf-8")
    assert kept == write_document(), "run `python -m interlock.api.rest.openapi web/openapi.json`"


def test_openapi_has_the_operations_of_the_table_and_no_other() -> None:
    described = {(method.upper(), path, entry["operationId"]) for path, item in DOCUMENT["paths"].items() for method, entry in item.items()}
    assert described == {(operation.method, f"{PREFIX}{operation.path}", operation.name) for operation in OPERATIONS.values()}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_each_operation_is_described_in_full(operation: Operation) -> None:
    described = DOCUMENT["paths"][f"{PREFIX}{operation.path}"][operation.method.lower()]
    assert described["tags"][0] in SERVICES
    assert described["summary"]
    assert described["description"]
    assert str(operation.status) in described["responses"]
    assert described["responses"].keys() == {
        str(operation.status),
        "default",
        *(["304"] if operation.is_conditional else []),
        *(str(error.http_status) for error in errors_of(operation)),
    }
    assert described["security"] == ([] if operation.permission is Permission.PUBLIC else [{"bearer": []}, {"session": []}])
    for parameter in described.get("parameters", []):
        Draft202012Validator.check_schema(parameter["schema"])


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_every_field_of_a_request_has_its_place(operation: Operation) -> None:
    form = form_of(operation)
    places = [*form.path.model_fields, *form.query.model_fields, *(form.body.model_fields if form.body else ())]
    assert len(places) == len(set(places))
    missing = set(operation.request.model_fields) - set(places)
    header = operation.header
    assert missing == ({header.field} if header is not None and header.only else set())


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for reference in _references(DOCUMENT):
        target = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def _references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(inner) for inner in value))
    return set()
