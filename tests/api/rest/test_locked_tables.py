"""A table that somebody has locked stops what needs it, with an answer, and nothing else."""

import asyncio
from time import monotonic
from typing import Final

import httpx

from interlock.api.operations import OPERATIONS
from tests.api.conftest import Serve
from tests.api.rest.requests import address, problem_of
from tests.api.rest.workflows import chain, save
from tests.conftest import Connect

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
