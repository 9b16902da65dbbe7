"""What a process that is at work says of a database that was migrated to the next release."""

import httpx
import pytest

from interlock.controlplane.migrating import migrate
from interlock.errors import SchemaOutdated
from tests.api.rest.requests import problem_of
from tests.api.rest.workflows import chain, run, save
from tests.api.serving import serving
from tests.days.pair import ask
from tests.worker.engine import until

NEXT = "insert into interlock.migrations (name, checksum, applied_at) values (%s, 'of the next release', now())"


async def test_an_api_at_work_stays_ready_when_the_database_is_ahead_of_it(database_url: str) -> None:
    async with serving(database_url) as api:
        client = await api.client()
        await save(client, chain())
        assert (await client.get("/readyz")).status_code == 200
        await ask(database_url, NEXT, "9998_next.sql")
        await run(client)
        assert (await client.get("/readyz")).text == "ready\n"
        with pytest.raises(SchemaOutdated, match=r"9998_next\.sql"):
            await migrate(database_url)


async def test_an_api_at_work_is_no_longer_ready_when_what_it_needs_was_removed(database_url: str) -> None:
    async with serving(database_url) as api:
        client = await api.client()
        await ask(database_url, NEXT, "9999_next_post.sql")
        await until(lambda: _is_refused(client))
        problem = problem_of(await client.get("/readyz"), 503, "IL093")
        assert "9999_next_post.sql" in problem.detail
        assert problem.hint == "install a newer interlock"


async def _is_refused(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 503
