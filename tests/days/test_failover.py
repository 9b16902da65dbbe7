"""A standby takes the place of the primary: what the API answers meanwhile, and how soon everything goes on."""

import asyncio
from pathlib import Path

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict

from interlock.cli.serving import worker_settings, working
from interlock.controlplane.connecting import open_pool
from interlock.errors import DatabaseUnavailable
from interlock.insight.ended_executions import EndedExecutions
from interlock.insight.reading import Scope, read_rows
from tests.api.rest.processes import api_process
from tests.api.serving import admin_key, serving
from tests.controlplane.plane import Plane
from tests.days.calls import BACK_SECONDS, calling
from tests.days.names import Names, forwarding
from tests.days.pair import Pair, ask
from tests.days.pooler import running_pooler
from tests.model.graphs import step
from tests.worker.engine import until

CLIENTS = "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
EXECUTIONS = "select count(*)::integer from interlock.executions"


@pytest.mark.parametrize("end", ["kill", "fence", "freeze"])
async def test_with_two_hosts_the_api_is_back_within_five_seconds_of_the_new_primary(pair: Pair, end: str) -> None:
    async with serving(pair.url) as api, calling(await api.client()) as calls:
        await pair.until_replayed()
        if end == "fence":
            await pair.fence()
        else:
            getattr(pair, end)()
        await calls.until_answered(503, seconds=10, kinds=("write", "ready"))
        await pair.promote()
        assert await calls.until_answered(200, seconds=30) < BACK_SECONDS
        if end == "fence":
            await _until_left(pair)


@pytest.mark.parametrize("end", ["kill", "fence", "freeze"])
async def test_a_worker_goes_on_with_the_new_primary(pair: Pair, end: str) -> None:
    worker = working(worker_settings(pair.url, [], name="test", lease_seconds=30))
    async with serving(pair.url) as api, calling(await api.client()) as calls, worker:
        await pair.until_replayed()
        if end == "fence":
            await pair.fence()
        else:
            getattr(pair, end)()
        await calls.until_answered(503, seconds=10, kinds=("write", "ready"))
        await pair.promote()
        await calls.until_answered(200, seconds=30)
        execution = (await calls.start()).json()["execution_id"]

        async def is_completed() -> bool:
            return bool((await calls.client.get(f"/api/v1/executions/{execution}")).json()["status"] == "completed")

        await until(is_completed, 60)
        if end == "fence":
            await _until_left(pair)


async def test_who_waits_for_an_end_is_never_told_what_the_old_primary_knows(pair: Pair) -> None:
    """Its connections live on: the first read after the failover would find nothing of an execution that was started on the new primary."""
    async with open_pool(pair.url, limit=3) as pool, open_pool(pair.standby.tcp_url) as new, EndedExecutions(pool) as ended:
        before = Plane(pool)
        await before.deploy([step("A")], ["S -> A"])
        known = await before.start()
        await ended.until_listening(20)
        await pair.until_replayed()
        await pair.fence()
        await pair.promote()
        after = Plane(new)
        execution = await after.start()
        waits = [asyncio.create_task(ended.wait(each, timeout_seconds=30)) for each in (known, execution)]
        await asyncio.sleep(0.5)
        assert not any(wait.done() for wait in waits)
        for each in (known, execution):
            await after.control.cancel(each)
        assert [await wait for wait in waits] == ["cancelled", "cancelled"]


async def test_a_read_after_a_failover_is_of_the_new_primary(pair: Pair) -> None:
    async with open_pool(pair.url, limit=1) as pool, open_pool(pair.standby.tcp_url) as new:
        before = Plane(pool)
        await before.deploy([step("A")], ["S -> A"])
        await pair.until_replayed()
        await pair.fence()
        await pair.promote()
        execution = await Plane(new).start()
        [row] = await read_rows(Scope(pool), "select count(*) as count from interlock.executions where id = %(id)s", id=execution)
        assert row["count"] == 1


async def test_a_call_after_a_failover_does_not_say_that_there_is_nothing(pair: Pair) -> None:
    async with open_pool(pair.url, limit=1) as pool, open_pool(pair.standby.tcp_url) as new:
        before = Plane(pool)
        await before.deploy([step("A")], ["S -> A"])
        await pair.until_replayed()
        await pair.fence()
        await pair.promote()
        execution = await Plane(new).start()
        with pytest.raises(DatabaseUnavailable):
            await before.control.explain(execution)  # the old primary knows no such execution
        assert len(await before.control.explain(execution)) == 1


async def _until_left(pair: Pair) -> None:
    """Waits until nobody is connected to the old primary, which lives on: not a listener either."""

    async def is_left() -> bool:
        return bool(await ask(pair.primary.url, CLIENTS) == 0)

    await until(is_left, 10)


@pytest.mark.parametrize("is_fenced", [True, False])
async def test_when_the_name_leads_to_the_new_primary_connections_to_the_old_one_are_dropped(pair: Pair, tmp_path: Path, is_fenced: bool) -> None:
    """The old primary lives on; where it is not fenced, it would even take what is written."""
    names = Names(tmp_path / "hosts")
    old, new = (conninfo_to_dict(server.tcp_url) for server in (pair.primary, pair.standby))
    (tmp_path / "logs").mkdir()
    async with forwarding("127.0.0.2", 0, int(str(old["port"]))) as port, forwarding("127.0.0.3", port, int(str(new["port"]))):
        names.lead("database.test", "127.0.0.2")
        url = f"postgresql://{old['user']}:{old['password']}@database.test:{port}/{old['dbname']}"
        key = await admin_key(pair.primary.url)
        with api_process(url, tmp_path / "logs", prefix=names.prefix) as process:
            address = await asyncio.to_thread(lambda: process.url)
            async with (
                httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client,
                calling(client) as calls,
            ):
                await pair.until_replayed()
                if is_fenced:
                    await pair.fence()
                    await calls.until_answered(503, seconds=10, kinds=("write", "ready"))
                await pair.promote()
                names.lead("database.test", "127.0.0.3")

                before = await ask(pair.standby.url, EXECUTIONS)

                async def has_moved() -> bool:
                    return bool(await ask(pair.standby.url, EXECUTIONS) > before)

                await until(has_moved, BACK_SECONDS)
                await calls.until_answered(200, seconds=10)
                on_the_old_one = await ask(pair.primary.url, EXECUTIONS)
                await calls.until_answered(200, seconds=10)
                assert await ask(pair.primary.url, EXECUTIONS) == on_the_old_one


async def test_behind_pgbouncer_the_api_refuses_while_the_pool_is_paused_and_is_back_with_the_new_primary(pair: Pair) -> None:
    async with running_pooler(pair.primary.tcp_url) as pooler, serving(pooler.url) as api, calling(await api.client()) as calls:
        await pair.until_replayed()
        pausing = asyncio.create_task(pooler.command("pause pooled"))
        await calls.until_answered(503, seconds=15)
        await pausing
        await pair.fence()
        await pair.promote()
        pooler.lead_to(pair.standby.tcp_url)
        await pooler.command("reload", "resume pooled")
        assert await calls.until_answered(200, seconds=30) < BACK_SECONDS


async def test_behind_pgbouncer_a_fenced_primary_is_left_when_the_pooler_leads_elsewhere(pair: Pair) -> None:
    async with running_pooler(pair.primary.tcp_url) as pooler, serving(pooler.url) as api, calling(await api.client()) as calls:
        await pair.until_replayed()
        await pair.fence()
        await calls.until_answered(503, seconds=10, kinds=("write", "ready"))
        await pair.promote()
        pooler.lead_to(pair.standby.tcp_url)
        await pooler.command("reload", "reconnect pooled")
        assert await calls.until_answered(200, seconds=30) < BACK_SECONDS


async def test_a_pooler_that_was_stopped_is_used_again_when_it_runs(pair: Pair) -> None:
    async with running_pooler(pair.primary.tcp_url) as pooler, serving(pooler.url) as api, calling(await api.client()) as calls:
        pooler.stop()
        await calls.until_answered(503, seconds=10)
        await pooler.start()
        assert await calls.until_answered(200, seconds=30) < BACK_SECONDS
