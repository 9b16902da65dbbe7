"""A table that somebody has locked stops what needs it, with an answer, and nothing else."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final

import httpx
import pytest

from interlock.api.models.users import Role
from interlock.api.operations import OPERATIONS, Operation
from interlock.controlplane.workspaces import FIRST_WORKSPACE
from tests.api.conftest import Serve
from tests.api.isolation.attacks import request_of
from tests.api.isolation.faces import Caller, Face, Reply, caller_by_key, caller_by_session, faces_of
from tests.api.isolation.rules import RULES
from tests.api.isolation.twins import VICTIM
from tests.api.isolation.worlds import make_world
from tests.api.rest.processes import ENCRYPTION_KEY
from tests.api.rest.requests import address, problem_of
from tests.api.rest.workflows import chain, save
from tests.conftest import Connect
from tests.days.test_every_operation import BROKEN, LATER, UNAVAILABLE

SOON: Final = 2.0 + 2.0
"""The seconds that are promised, and as many for a machine that is busy."""


async def _timed(asked: "asyncio.Future[httpx.Response] | asyncio.Task[httpx.Response]") -> tuple[httpx.Response, float]:
    began = monotonic()
    return await asked, monotonic() - began


async def test_one_locked_table_does_not_starve_the_pool(serve: Serve, connect: Connect) -> None:
    api = await serve()
    admin = await api.client()
    await save(admin, chain())
    holder = await connect()
    async with holder.transaction():
        await holder.execute("lock table interlock.workflows in access exclusive mode")
        for _ in range(3):
            refused = [asyncio.create_task(_timed(asyncio.create_task(admin.get("/api/v1/workflows")))) for _ in range(60)]
            await asyncio.sleep(0.1)
            for _ in range(5):
                answer, took = await _timed(asyncio.create_task(admin.get("/api/v1/users")))
                assert (answer.status_code, took < SOON) == (200, True), answer.text
            for answer, took in await asyncio.gather(*refused):
                problem = problem_of(answer, 503, "IL090")
                assert int(answer.headers["retry-after"]) > 0
                assert took < SOON, took
                assert "select" not in problem.detail.lower()
    assert (await admin.get("/api/v1/workflows")).status_code == 200  # nobody has to be told that it is free again


async def test_every_operation_is_answered_soon_while_all_tables_are_locked(serve: Serve, connect: Connect) -> None:
    """Among them the proof of who asks. None is answered with our SQL."""
    api = await serve()
    admin = await api.client()
    holder = await connect()
    tables = await (
        await holder.execute("select string_agg(format('interlock.%I', tablename), ', ') from pg_tables where schemaname = 'interlock'")
    ).fetchone()
    assert tables is not None
    assert (await admin.get("/api/v1/session")).status_code == 200  # the proof is known for a while
    stranger = httpx.AsyncClient(base_url=api.url, headers={"Authorization": "Bearer il_" + "x" * 40}, timeout=60)
    async with stranger, holder.transaction():
        await holder.execute(f"lock table {tables[0]} in access exclusive mode")
        asked = {
            f"{operation.name} {number}": asyncio.create_task(_timed(asyncio.create_task(client.get(address(operation)))))
            for operation in OPERATIONS.values()
            if operation.method == "GET" and not operation.streams
            for number, client in enumerate([admin, stranger] * 2)
        }
        answers = dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))
    for name, (answer, took) in answers.items():
        assert took < SOON, (name, took)
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) > 0
            assert not {"select", "interlock.", "PL/pgSQL", "SQL statement"} & set(answer.json()["detail"].split()), answer.text
            assert 'statement "' not in answer.text
            assert "PL/pgSQL" not in answer.text
    assert sum(answer.status_code == 503 for answer, _ in answers.values()) > 20


PROOF: Final = frozenset({"users", "workspace_members", "workspaces", "api_keys", "sessions"})
"""Tables that say who asks."""
SQL_WORDS: Final = ("select ", "interlock.", "PL/pgSQL", "SQL statement", 'statement "')


@pytest.mark.parametrize("spared", [frozenset[str](), PROOF], ids=["all", "all but those of the proof"])
async def test_every_operation_over_rest_and_grpc_is_answered_soon_while_tables_are_locked(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, spared: frozenset[str]
) -> None:
    """Reads, writes, streams and sign-ins, all at once, with more requests than there are connections."""
    monkeypatch.setenv("INTERLOCK_ENCRYPTION_KEY", ENCRYPTION_KEY)
    api = await serve()
    holder = await connect()
    async with faces_of(api) as faces:
        world = await make_world(api, FIRST_WORKSPACE, VICTIM)
        admin = world.people[Role.ADMIN]
        callers = [await caller_by_key(api, "admin", admin, FIRST_WORKSPACE), await caller_by_session(api, "admin", admin)]
        cursor = await holder.execute("select tablename from pg_tables where schemaname = 'interlock'")
        tables = [f"interlock.{row[0]}" for row in await cursor.fetchall() if row[0] not in spared]
        before = [await face.ask(OPERATIONS["get_session"], caller, {}) for face in faces for caller in callers]
        assert {reply.code for reply in before} == {"ok"}  # the proofs are known for a while
        async with holder.transaction():
            await holder.execute(f"lock table {', '.join(tables)} in access exclusive mode")
            asked = [
                (type(face).__name__, caller.name, operation.name, request_of(operation, RULES[operation.name], world.places[0]), face, caller)
                for face in faces
                for caller in callers
                for operation in OPERATIONS.values()
            ]
            answers = await asyncio.gather(*(_asked(face, OPERATIONS[name], caller, request) for _, _, name, request, face, caller in asked))
    found = {about[:3]: answer for about, answer in zip(asked, answers, strict=True)}
    assert {about: took for about, (_, took) in found.items() if took > SOON} == {}
    assert {about: reply.text for about, (reply, _) in found.items() if BROKEN.match(reply.text)} == {}
    refused = {about: reply.text for about, (reply, _) in found.items() if UNAVAILABLE.match(reply.text)}
    assert {about: text for about, text in refused.items() if not LATER.search(text) or any(word in text for word in SQL_WORDS)} == {}
    for face in ("Rest", "Grpc"):
        names = {operation for of_face, _, operation in refused if of_face == face}
        assert {"run_workflow", "create_workflow", "cancel_execution", "claim_assignments", "list_executions", "create_credential"} <= names


async def _asked(face: Face, operation: Operation, caller: Caller, request: Mapping[str, Any]) -> tuple[Reply, float]:
    began = monotonic()
    try:
        async with asyncio.timeout(3 * SOON):
            reply = await face._ask_once(operation, caller, request, "")
    except TimeoutError:
        reply = Reply(code="", text="no answer")
    return reply, monotonic() - began
