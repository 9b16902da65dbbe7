"""A worker meets a database that is being migrated: what its calls need is not there for a moment. That costs no execution."""

import logging

import psycopg
import pytest

from tests.worker.engine import Engine, until

SIGNATURE = "(uuid, bigint, jsonb, text[], integer[], boolean, boolean)"


async def test_what_a_worker_did_while_the_schema_did_not_fit_is_reported_when_it_fits(
    engine: Engine, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await engine.deploy("gates", {"g": "GATE", "a": "ECHO"})
    with caplog.at_level(logging.WARNING):
        async with engine.worker(), await psycopg.AsyncConnection.connect(database_url, autocommit=True) as admin:
            started = await engine.start("gates", {}, {}, {})
            await until(lambda: engine.nodes.gate.under_way == 3)
            await admin.execute(f"alter function interlock.exchange{SIGNATURE} rename to exchange_of_another_version".encode())
            engine.nodes.gate.opened.set()
            await until(lambda: caplog.text.count("does not exist (run `interlock migrate` on it)") > 2)
            await admin.execute(f"alter function interlock.exchange_of_another_version{SIGNATURE} rename to exchange".encode())
            ended = await engine.ended(*started)
    assert [(execution["status"], execution["error"]) for execution in ended] == [("completed", None)] * 3
