"""A database whose zone is not UTC, and clocks that jump."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from interlock.api.operations import OPERATIONS, Operation
from interlock.cli.serving import worker_settings, working
from interlock.controlplane import migrate
from interlock.controlplane.workspaces import FIRST_WORKSPACE
from interlock.insight.diagnosis import diagnose
from tests.api.isolation.attacks import request_of
from tests.api.isolation.rules import RULES
from tests.api.isolation.twins import VICTIM
from tests.api.isolation.worlds import make_world
from tests.api.rest.processes import ENCRYPTION_KEY
from tests.api.rest.workflows import all_events, chain, run, save
from tests.api.serving import serving
from tests.days.pair import ask
from tests.worker.engine import Engine, until
from tests.worker.executors import TestNodes
from tests.worker.pgbouncer import running_pgbouncer, until_listening

TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?")
GERMAN: Final = re.compile(r"\d\d\.\d\d\.\d{4}")


@asynccontextmanager
async def _way_to(url: str, way: str) -> AsyncIterator[str]:
    if way == "direct":
        yield url
        return
    with running_pgbouncer(url) as pooled:
        await until_listening(int(str(conninfo_to_dict(pooled)["port"])))
        yield pooled


SETTINGS: Final = {
    "timezone": "'Asia/Kathmandu'",
    "datestyle": "'German, DMY'",
    "intervalstyle": "'sql_standard'",
    "client_encoding": "'LATIN1'",
    "standard_conforming_strings": "off",
    "bytea_output": "'escape'",
}
"""Everything that a database or a user can set, and that changes how values are written, over a pooler too."""
DIRECT: Final = {
    "default_transaction_isolation": "'serializable'",
    "row_security": "off",
    "array_nulls": "off",
    "extra_float_digits": "'-5'",
    "search_path": "'pg_temp, public'",
    "enable_indexscan": "off",
    "lc_messages": "'C'",
}
"""What else they can set; over a pooler that drops start-up options, the product does not change these."""


async def _set(url: str, settings: Mapping[str, str]) -> None:
    name = conninfo_to_dict(url)["dbname"]
    for setting, value in settings.items():
        await ask(url, f"alter database {name} set {setting} = {value}")


@pytest.mark.parametrize("way", ["direct", "pooled"])
async def test_times_in_answers_end_in_z_whatever_the_database_has_set(database_url: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every read of the API, of executions in every state: in fields, in messages, and in details."""
    monkeypatch.setenv("INTERLOCK_ENCRYPTION_KEY", ENCRYPTION_KEY)
    await _set(database_url, SETTINGS | (DIRECT if way == "direct" else {}))
    assert await ask(database_url, "show datestyle") == "German, DMY"
    async with _way_to(database_url, way) as url, serving(url) as api:
        world = await make_world(api, FIRST_WORKSPACE, VICTIM)
        client = await api.client()
        found: dict[str, str] = {}
        answered: set[str] = set()
        for operation in OPERATIONS.values():
            if operation.method != "GET" or operation.streams:
                continue
            for path in {path_of(operation, place) for place in world.places}:
                answer = await client.get(path)
                if answer.status_code == 404 and path.startswith("/api/v1/workflows/"):
                    continue  # the one that was deleted
                assert answer.status_code == 200, (path, answer.text)
                found[path] = answer.text
                answered.add(operation.name)
        whole = {place["execution"]: json.loads(found[f"/api/v1/executions/{place['execution']}"]) for place in world.places}
        ended = [execution for execution, read in whole.items() if read["ended_at"]]
        events = [event.data for execution in ended for event in await all_events(client, execution)]
    texts = {**found, "events": json.dumps(events)}
    del texts["/api/v1/node-types"]  # it has examples of times
    times = [(path, time[0]) for path, text in texts.items() for time in TIME.finditer(text)]
    assert answered == {operation.name for operation in OPERATIONS.values() if operation.method == "GET" and not operation.streams}
    assert len(times) > 300
    assert {path for path, time in times if path.endswith("/explain")}
    assert [(path, time) for path, time in times if not time.endswith("Z")] == []
    assert [path for path, text in texts.items() if GERMAN.search(text)] == []
    reasons = " ".join(text for path, text in found.items() if path.endswith("/explain"))
    for word in ("waiting_for_time", "running", "suspended", "retry_at", "heartbeat_at", "lock_held"):
        assert word in reasons


@pytest.mark.parametrize("way", ["direct", "pooled"])
async def test_workers_and_migrations_do_their_work_whatever_the_database_has_set(empty_database_url: str, way: str) -> None:
    await _set(empty_database_url, SETTINGS | (DIRECT if way == "direct" else {}))
    async with _way_to(empty_database_url, way) as url:
        await migrate(url)
        async with serving(url) as api, working(worker_settings(url, [], name="test", lease_seconds=30)):
            client = await api.client()
            await save(client, chain(text="{{ input.text }}", at="{{ execution.started_at }}"))
            execution = await run(client, input={"text": "back\\slash é 😀", "number": 0.1})

            async def has_ended() -> bool:
                return bool((await client.get(f"/api/v1/executions/{execution}")).json()["status"] == "completed")

            await until(has_ended, 30)
            answer = (await client.get(f"/api/v1/executions/{execution}")).json()
            assert answer["input"] == {"text": "back\\slash é 😀", "number": 0.1}
            assert "back\\slash é 😀" in json.dumps(answer["run_data"], ensure_ascii=False).replace("\\\\", "\\")
        assert [one.message for one in await diagnose(url) if one.level == "error" and one.check != "settings"] == []


async def test_a_time_without_a_zone_is_refused_by_wait_at_save_and_from_a_template(database_url: str) -> None:
    async with serving(database_url) as api, working(worker_settings(database_url, [], name="test", lease_seconds=30)):
        client = await api.client()
        wait = {"id": "wait", "type": "FLOW_NODE", "subtype": "WAIT"}
        begin = {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}
        drawn: dict[str, Any] = {"name": "wait", "connections": [{"from": "begin", "to": "wait"}]}
        for text in ("2090-01-01T12:00:00", "2090-01-01 12:00", "2090-01-01"):
            bad = {**drawn, "nodes": [begin, {**wait, "parameters": {"until": text}}]}
            refused = await client.post("/api/v1/workflows", json={"definition": bad})
            assert refused.status_code == 422
            assert "offset" in refused.text
        await save(client, {**drawn, "nodes": [begin, {**wait, "parameters": {"until": "{{ at }}"}}]})
        execution = await run(client, "wait", input={"at": "2090-01-01T12:00:00"})

        async def has_ended() -> bool:
            return bool((await client.get(f"/api/v1/executions/{execution}")).json()["ended_at"])

        await until(has_ended, 30)
        read = (await client.get(f"/api/v1/executions/{execution}")).json()
        assert read["status"] == "failed"
        assert "offset" in json.dumps(read["error"])


def path_of(operation: Operation, place: Mapping[str, Any]) -> str:
    """Where a read is, with what it must be given."""
    request = request_of(operation, RULES[operation.name], place)
    path = operation.path.format(**request)
    rest = {name: value for name, value in request.items() if f"{{{name}}}" not in operation.path}
    return str(httpx.URL(f"/api/v1{path}", params=rest)) if rest else f"/api/v1{path}"


async def test_a_clock_that_jumps_forward_costs_a_worker_its_lease_and_no_execution_its_result(
    database_url: str, pool: AsyncConnectionPool[Any]
) -> None:
    nodes = TestNodes()
    engine = Engine(database_url, pool, nodes)
    await engine.deploy("gates", {"a": "GATE", "b": "ECHO"})
    async with engine.worker(heartbeat_seconds=20, lease_seconds=60) as worker:
        before = worker.worker_id
        started = await engine.start("gates", {"n": 1}, {"n": 2})
        await until(lambda: nodes.gate.under_way == 2)
        await engine.turn(3600)
        await until(lambda: worker.worker_id not in {before, None})
        nodes.gate.opened.set()
        ended = await engine.ended(*started)
    assert [(execution["status"], execution["output"]) for execution in ended] == [("completed", {"b": {"n": 1}}), ("completed", {"b": {"n": 2}})]
    findings = {finding.check: finding for finding in await diagnose(database_url)}
    assert findings["clock"].level == "error"


async def test_a_clock_that_jumps_back_stops_nothing_that_is_due(database_url: str, pool: AsyncConnectionPool[Any]) -> None:
    nodes = TestNodes()
    engine = Engine(database_url, pool, nodes)
    await engine.deploy("gates", {"a": "GATE", "b": "ECHO"})
    async with engine.worker() as worker:
        before = worker.worker_id
        first = await engine.start("gates", {"n": 1})
        await until(lambda: nodes.gate.under_way == 1)
        await engine.turn(-3600)
        second = await engine.start("gates", {"n": 2})
        await until(lambda: nodes.gate.under_way == 2)
        nodes.gate.opened.set()
        ended = await engine.ended(*first, *second)
        assert worker.worker_id == before
    assert {execution["status"] for execution in ended} == {"completed"}


async def test_a_sign_in_and_a_key_outlive_a_clock_that_jumps_back(database_url: str, pool: AsyncConnectionPool[Any]) -> None:
    async with serving(database_url) as api:
        client: httpx.AsyncClient = await api.client()
        browser = await api.browser(await api.person())
        await Engine(database_url, pool, TestNodes()).turn(-3600)
        for one in (client, browser):
            assert (await one.get("/api/v1/executions")).status_code == 200
