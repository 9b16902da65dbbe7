"""Generated requests over the whole of OpenAPI, as an admin: never a 5xx, and every answer as OpenAPI says."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from interlock.api.operations import OPERATIONS as TABLE
from interlock.api.rest.openapi import openapi_document
from tests.api.rest.processes import api_process
from tests.api.serving import admin_key
from tests.servers import TestServer

EXAMPLES = 12
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SCHEMA = schemathesis.openapi.from_dict(openapi_document())
FOUND = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
OPERATIONS = {operation.definition.raw["operationId"]: operation for operation in FOUND}
UNTRIED = {"watch_execution"}
"""Its stream is open until the execution ends; test_events.py has it."""


@pytest.fixture(scope="module")
def served(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of an API process over a fresh database, and an admin's key."""
    with server.fresh_database(migrated=True) as database, api_process(database, tmp_path_factory.mktemp("api")) as process:
        key = asyncio.run(admin_key(database))
        yield process.url, key
        assert "Traceback" not in process.said


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - UNTRIED))
def test_no_request_breaks_an_operation(served: tuple[str, str], name: str) -> None:
    url, key = served
    headers = {"Authorization": f"Bearer {key}"}

    @seed(20)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=st.one_of(OPERATIONS[name].as_strategy(), OPERATIONS[name].as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)))
    def try_it(case: Any) -> None:
        case.call_and_validate(base_url=url, headers=headers, checks=CHECKS, timeout=60)

    try_it()
    assert httpx.get(f"{url}/healthz").status_code == 200


def test_every_operation_is_tried() -> None:
    assert OPERATIONS.keys() == TABLE.keys()
