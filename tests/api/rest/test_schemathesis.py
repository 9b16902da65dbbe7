"""Generated requests over the whole of OpenAPI, as an admin: never a 5xx, every answer as OpenAPI says, and nothing accepted that it forbids.

Half of them ask for what there is: a workflow with versions, executions that are open, failed and completed, a worker that holds something.
`INTERLOCK_EXAMPLES` is how many are tried of each operation.
"""

import asyncio
import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from interlock.api.operations import OPERATIONS as TABLE
from interlock.api.operations import errors_of
from interlock.api.rest.openapi import openapi_document
from tests.api.rest.processes import api_process
from tests.api.rest.world import World, make_world
from tests.api.serving import PATIENCE_SECONDS, admin_key
from tests.servers import TestServer

EXAMPLES = int(os.environ.get("INTERLOCK_EXAMPLES", "10"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
]
SCHEMA = schemathesis.openapi.from_dict(openapi_document())
FOUND = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
OPERATIONS = {operation.definition.raw["operationId"]: operation for operation in FOUND}


@pytest.fixture(scope="module")
def client(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """An admin of an API process over a fresh database."""
    with server.fresh_database(migrated=True) as database, api_process(database, tmp_path_factory.mktemp("api")) as process:
        headers = {"Authorization": f"Bearer {asyncio.run(admin_key(database))}"}
        with httpx.Client(base_url=process.url, headers=headers, timeout=PATIENCE_SECONDS) as opened:
            yield opened
        assert "Traceback" not in process.said


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_no_request_breaks_an_operation(client: httpx.Client, name: str) -> None:
    world = make_world(client)
    found: set[int] = set()
    documented = {error.code for error in errors_of(TABLE[name])} | NOT_OF_AN_OPERATION

    @seed(20)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=_cases(name, world))
    def try_it(case: Any) -> None:
        headers = {"Authorization": client.headers["Authorization"]}
        excluded = [response_schema_conformance] if TABLE[name].streams else []  # OpenAPI 3.1 has no words for the events of a stream
        answer = case.call_and_validate(
            base_url=str(client.base_url), headers=headers, checks=CHECKS, excluded_checks=excluded, timeout=PATIENCE_SECONDS
        )
        found.add(answer.status_code)
        if answer.status_code >= 400:
            assert answer.json()["code"] in documented

    try_it()
    assert client.get("/healthz").status_code == 200
    assert name in RARELY_TAKEN or found & {TABLE[name].status}, f"none of them was taken: {found}"


NOT_OF_AN_OPERATION = {"IL051", "IL052"}
"""A made-up value in the path can lead to another address."""
RARELY_TAKEN = {"sign_in", "change_password", "switch_workspace"}
"""They need the right password, which nobody guesses, or a session, where this test has a key."""


def _cases(name: str, world: World) -> st.SearchStrategy[Any]:
    """As OpenAPI allows and as it forbids, each with any ids and with such as there are."""
    operation = OPERATIONS[name]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    anywhere = [operation.as_strategy(generation_mode=mode) for mode in modes]
    named = [parameter["name"] for parameter in operation.definition.raw.get("parameters", []) if parameter["in"] == "path"]
    places = [{key: place[key] for key in named} for place in world.places] if named else []
    there = [operation.as_strategy(generation_mode=mode, path_parameters=place) for mode in modes for place in places]
    filled = [operation.as_strategy(path_parameters=place).map(lambda case: _filled(case, world)) for place in places or [{}]]
    if name == "watch_execution":  # one that is open has a stream without an end
        there, filled = there[2:3] + there[5:], filled[2:]
    return st.one_of(*anywhere, st.one_of(*there, *filled))


def _filled(case: Any, world: World) -> Any:
    """The body with what there is in place of what was made up."""
    if isinstance(case.body, dict):
        known = world.places[0]
        case.body |= {key: known[key] for key in case.body.keys() & known.keys()}
        if "definition" in case.body:
            case.body["definition"] = world.definition
        for part in ("scope", "trigger", "pins", "from_execution"):  # they name nodes and executions of that definition
            case.body.pop(part, None)
        if case.operation.definition.raw["operationId"] == "save_draft":  # a new one, because a revision that is not the last one is a conflict
            case.path_parameters = {"draft_id": str(uuid4())}
            case.body = {key: value for key, value in case.body.items() if key == "pins"} | {"definition": world.definition}
        if "fields" in case.body:
            case.body["fields"] = {"token": "long enough"}
        for result in case.body.get("results", [])[:1]:
            case.body["results"] = [result | {"execution_id": known["execution_id"], "assignment_id": known["assignment_id"], "attempt": 1}]
            if (result.get("outcome") == "failed") != (result.get("error") is not None):  # a schema cannot say that they go together
                case.body["results"][0] |= {"outcome": "completed", "error": None}
    return case


def test_every_operation_is_tried() -> None:
    assert OPERATIONS.keys() == TABLE.keys()
