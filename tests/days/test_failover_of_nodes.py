"""A server that `SQL_QUERY` nodes use is replaced by its standby."""

from collections.abc import AsyncIterator

import pytest

from interlock.nodes import NodeError
from interlock.nodes.action_node.sql_query.connections import SqlConnections
from interlock.nodes.action_node.sql_query.executor import SqlQuery
from tests.days.pair import Pair, ask
from tests.nodes.contexts import context_for
from tests.worker.engine import until

USER, PASSWORD = "interlock_shop", "pa55word"


@pytest.fixture
async def executor(pair: Pair) -> AsyncIterator[SqlQuery]:
    """Connects to both servers as a user who owns nothing of Interlock."""
    for statement in (f"create role {USER} login password '{PASSWORD}'", f"create schema shop authorization {USER}"):
        await ask(pair.primary.url, statement)
    await pair.until_replayed()
    hosts = pair.url.partition("@")[2]
    url = f"postgresql://{USER}:{PASSWORD}@{hosts}?options=-c%20search_path%3Dshop"
    made = SqlQuery(connections=SqlConnections(environment={"INTERLOCK_SQL_SHOP_URL": url}))
    yield made
    await made.close()


async def run(executor: SqlQuery, query: str) -> None:
    await executor.execute(context_for(executor, {"database": "shop", "query": query}))


async def test_no_node_keeps_a_connection_to_a_server_that_takes_no_writes_any_more(pair: Pair, executor: SqlQuery) -> None:
    """The old primary lives on, and is the first of the two hosts."""
    await run(executor, "create table items (id integer)")
    await run(executor, "insert into items values (1)")
    await pair.until_replayed()
    await pair.fence()
    with pytest.raises(NodeError) as raised:
        await run(executor, "insert into items values (2)")
    assert raised.value.retryable
    assert raised.value.details["sqlstate"] == "25006"
    await pair.promote()
    await run(executor, "insert into items values (3)")
    assert await ask(pair.standby.url, "select array_agg(id order by id) from shop.items") == [1, 3]
    assert await ask(pair.primary.url, "select array_agg(id order by id) from shop.items") == [1]

    async def has_left() -> bool:
        return bool(await ask(pair.primary.url, "select count(*) = 0 from pg_stat_activity where usename = %s", USER))

    await until(has_left, 10)
