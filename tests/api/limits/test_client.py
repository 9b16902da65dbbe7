"""The Python client waits as long as a limit asks, and sends the request again: what was refused was not done."""

import asyncio
from time import monotonic

import pytest

from interlock import Client
from interlock.api.models.users import Role
from interlock.errors import LimitReached
from tests.api.limits.conftest import ServeBoth
from tests.api.rest.workflows import chain, save


async def test_calls_that_a_limit_refuses_are_made_when_it_allows_them(serve_both: ServeBoth) -> None:
    served = await serve_both(user_requests=60)
    await save(await served.api.client(), chain())
    began = monotonic()
    async with Client(served.api.url, api_key=await served.api.key(Role.OPERATOR)) as client:
        started = await asyncio.gather(*(client.run_workflow("chain") for _ in range(12)))
        assert monotonic() - began >= 1
        assert len({each.execution_id for each in started}) == 12
        assert sum(each.count for each in (await client.count_executions()).counts) == 12


async def test_without_patience_the_error_says_when_to_come_again(serve_both: ServeBoth) -> None:
    served = await serve_both(user_requests=2)
    async with Client(served.api.url, api_key=await served.api.key(Role.VIEWER), patience_seconds=0) as client:
        for _ in range(2):
            await client.list_node_types()
        with pytest.raises(LimitReached) as refused:
            await client.list_node_types()
    assert refused.value.details == "user_requests"
    assert 25 <= refused.value.retry_after_seconds <= 30
