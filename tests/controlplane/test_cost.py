"""The cost of a step does not grow with the other rows of the tables or with the width of its graph, on a database that was never analysed."""

from collections.abc import Awaitable, Callable
from typing import LiteralString

import psycopg

from tests.controlplane.plane import Plane, completed, failed
from tests.model.graphs import flow, step

READ: LiteralString = """
    select coalesce((select sum(coalesce(seq_tup_read, 0)) from pg_stat_user_tables
                     where schemaname = 'interlock' and relname in ('assignments', 'executions', 'tokens', 'nodes', 'connections', 'reaches')), 0)
         + coalesce((select sum(idx_tup_read) from pg_stat_user_indexes where schemaname = 'interlock'), 0) as rows"""

NOISE: LiteralString = """
    with made as (
        insert into interlock.executions (id, version_id, workflow_id, status, input, subject, idempotency_key, deadline_at, change_number,
            created_at, started_at, ended_at, workspace_id)
        select interlock.uuidv7(), e.version_id, e.workflow_id, k.status, '{}', 'noise ' || g, 'noise ' || k.status || g,
               case when k.status = 'waiting' then now() + interval '1 year' end, nextval('interlock.change_numbers'), now(), now(),
               case when k.status = 'completed' then now() end, e.workspace_id
        from interlock.executions e, generate_series(1, 5000) g, (values ('completed'), ('running'), ('waiting')) k (status)
        where e.id = %(template)s
        returning id, version_id, status
    ), placed as (
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, due_at, wait_for,
            change_number, created_at, started_at, ended_at)
        select m.id, interlock.uuidv7(), m.version_id, n.node_no, 1,
               case when n.kind = 'start' or m.status = 'completed' then 'completed'
                    when n.join_kind = 'all' then 'holding' when m.status = 'waiting' then 'waiting' else 'pending' end,
               n.is_indexed, 'noise',
               case when n.kind <> 'start' and n.join_kind is null then case m.status when 'waiting' then now() + interval '1 year'
                    when 'running' then now() end end,
               case when n.kind <> 'start' and n.join_kind is null and m.status = 'waiting' then 'time' end,
               nextval('interlock.change_numbers'), now(), now(), case when n.kind = 'start' or m.status = 'completed' then now() end
        from made m
        join interlock.nodes n on n.version_id = m.version_id and n.node_id in ('S', 'A', 'J')
        returning execution_id, node_no, status, id
    )
    insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, token_number)
    select p.execution_id, p.node_no, 1, 0, p.id, nextval('interlock.change_numbers') from placed p where p.status = 'holding'"""

# Of what is pending there, a half needs an executor that no worker has, and a quarter is left for a virtual user, in a year.
SPECIAL: LiteralString = """
    update interlock.assignments
    set requires = case when change_number % 2 = 0 then 'NO_NODE/NOBODY' end, queue = case when change_number % 4 = 1 then null else queue end,
        due_at = due_at + case when change_number % 4 = 1 then interval '1 year' else interval '0' end
    where queue = 'noise' and status = 'pending'"""


async def rows_read(connection: psycopg.AsyncConnection, work: Callable[[], Awaitable[None]]) -> int:
    """Returns how many rows and index entries `work` read, which does everything over this connection."""

    async def count() -> int:
        await connection.execute("select pg_stat_force_next_flush()")
        await connection.execute("select pg_stat_clear_snapshot()")
        row = await (await connection.execute(READ)).fetchone()
        return int(row[0]) if row else 0

    before = await count()
    await work()
    return await count() - before


async def test_the_cost_of_a_step_is_flat_with_twenty_thousand_rows_beside_it(plane: Plane, connection: psycopg.AsyncConnection) -> None:
    for table in ("assignments", "executions", "tokens"):
        await connection.execute(f"alter table interlock.{table} set (autovacuum_enabled = false)".encode())
    single = OneConnection(connection)
    alone = Plane(single)  # type: ignore[arg-type]
    nodes = [step("A", retry={"max_attempts": 2, "initial_seconds": 0, "jitter": 0}), step("B"), flow("I", "IF", {"condition": "x == 1"}),
             flow("W", "WAIT", {"seconds": 0}), step("J"), step("K", lock="k")]  # fmt: skip
    await alone.deploy(nodes, ["S -> A", "S -> B", "A -> I", "I.true -> J", "B -> W", "W -> J", "J -> K"])
    worker = await alone.worker("test")

    async def work() -> None:
        execution = await alone.start(n=1)
        held = await worker.claim()
        await worker.report(failed(held["A/1"]), completed(held["B/1"]))
        held = await worker.claim()
        await worker.report(completed(held["A/1"], {"x": 1}))
        await worker.work()
        assert await alone.status(execution) == "completed"
        other = await alone.start(n=1)
        held = await worker.claim()
        await alone.control.explain(other)
        await alone.control.suspend(other)
        await alone.control.continue_(other)
        await worker.report(failed(held["B/1"], retryable=False))
        again = await alone.control.retry(other)
        await alone.control.cancel(again)
        await alone.control.tick()

    await work()
    small = await rows_read(connection, work)
    template = await alone.value("select id from interlock.executions order by created_at limit 1")
    await connection.execute(NOISE, {"template": template})
    await connection.execute(SPECIAL)
    assert await alone.value("select count(*) from interlock.assignments") > 20_000
    large = await rows_read(connection, work)
    assert large < small * 1.5 + 200, f"{small} rows read in an empty database, {large} in a full one"


async def test_the_cost_of_a_node_is_flat_in_a_wide_graph(plane: Plane, connection: psycopg.AsyncConnection) -> None:
    alone = Plane(OneConnection(connection))  # type: ignore[arg-type]
    costs = {}
    for width in (30, 300):
        names = [f"N{number}" for number in range(width)]
        edges = [*(f"S -> {name}" for name in names), *(f"{name} -> J" for name in names)]
        await alone.deploy([*(step(name) for name in names), step("J")], edges, name=f"wide {width}")
        worker = await alone.worker("test")

        async def work(width: int = width, worker=worker) -> None:  # type: ignore[no-untyped-def]
            execution = await alone.start(f"wide {width}")
            _, claimed = await worker.exchange(limit=width)
            assert len(claimed) == width
            for begin in range(0, width, 30):
                await worker.report(*map(completed, claimed[begin : begin + 30]))
            assert await worker.work() == ["J/1"]
            assert await alone.status(execution) == "completed"

        costs[width] = await rows_read(connection, work) / width
    assert costs[300] < costs[30] * 3, f"rows read for a node: {costs}"


async def test_what_is_left_for_a_virtual_user_is_found_by_an_index_in_order(connection: psycopg.AsyncConnection) -> None:
    await connection.execute("set enable_seqscan = off")
    await connection.execute("set enable_bitmapscan = off")
    cursor = await connection.execute(
        "explain (costs off) select t.due_at from interlock.virtual_user_timers t where t.due_at < 'infinity' order by t.queue, t.due_at limit 1"
    )
    plan = "\n".join(row[0] for row in await cursor.fetchall())
    assert "using assignments_claim_special" in plan
    assert "Sort" not in plan


class OneConnection:
    """A pool as a control plane needs it, over one connection."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self._connection = connection

    def connection(self) -> "OneConnection":
        return self

    async def __aenter__(self) -> psycopg.AsyncConnection:
        return self._connection

    async def __aexit__(self, *raised: object) -> None:
        return None
