"""What a workspace stores is measured at a bounded cost, and a workspace that is full saves and starts nothing more."""

from typing import Any, LiteralString

import pytest
from psycopg import AsyncConnection

from interlock.controlplane.types import NewExecution
from interlock.errors import StorageFull
from tests.controlplane.plane import Plane, failed
from tests.model.graphs import step

TABLES = ("workflow_versions", "nodes", "executions", "assignments", "context_changes", "assignment_attempts", "tokens", "audit_log")


async def limit(plane: Plane, most: int | None) -> None:
    await plane.execute("update interlock.workspaces set max_stored_bytes = %s where id = 1", most)


async def measure(plane: Plane, pages: int = 2048) -> int | None:
    """Measures if it is due; returns what the first workspace stores."""
    await plane.value("select interlock.measure_workspaces(p_pages => %s)", pages)
    stored: int | None = await plane.value("select stored_bytes from interlock.workspaces where id = 1")
    return stored


async def later(plane: Plane, seconds: int) -> None:
    await plane.execute("delete from interlock.test_clock")
    await plane.execute("insert into interlock.test_clock (shift) values (make_interval(secs => %s))", seconds)


async def fill(plane: Plane, executions: int, **given: Any) -> None:
    """Saves a chain of two steps and runs it this often."""
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    worker = await plane.worker()
    for start in range(0, executions, 1_000):
        await plane.control.start_executions("flow", [{"input": given} for _ in range(min(1_000, executions - start))])
        await worker.work(1_000)


async def test_nothing_is_measured_where_there_is_one_workspace_and_no_limit(plane: Plane) -> None:
    await fill(plane, 1)
    assert await measure(plane) is None
    await plane.execute("insert into interlock.workspaces (name, created_at) values ('second', now())")
    assert await measure(plane)
    assert await plane.value("select stored_bytes from interlock.workspaces where name = 'second'") == 0


async def test_small_tables_are_measured_exactly_and_once_a_minute(plane: Plane) -> None:
    await limit(plane, 10**12)
    await fill(plane, 1)
    one = await measure(plane)
    await fill(plane, 9)
    assert await measure(plane) == one, "a minute has not passed"
    await later(plane, 61)
    ten = await measure(plane)
    await fill(plane, 10)
    await later(plane, 122)
    twenty = await measure(plane)
    assert one is not None
    assert ten is not None
    assert twenty is not None
    assert twenty - ten == pytest.approx(10 * (ten - one) / 9, rel=0.01)


async def test_it_is_about_what_the_tables_take_on_disk(plane: Plane) -> None:
    await limit(plane, 10**12)
    await fill(plane, 5_000, text="some words " * 20)
    async with plane.pool.connection() as connection:
        await connection.set_autocommit(True)
        await connection.execute("vacuum full")
        await connection.set_autocommit(False)
    on_disk = sum([await plane.value("select pg_total_relation_size(('interlock.' || %s)::regclass)", table) for table in TABLES])
    assert await measure(plane) == pytest.approx(on_disk, rel=0.2)


async def pages_read(connection: AsyncConnection[Any], statement: LiteralString, *parameters: Any) -> int:
    """How many pages of the table of executions a statement reads."""

    async def read_so_far() -> int:
        await connection.execute("select pg_stat_force_next_flush()")
        await connection.execute("select pg_stat_clear_snapshot()")
        cursor = await connection.execute("select heap_blks_read + heap_blks_hit from pg_statio_user_tables where relname = 'executions'")
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    before = await read_so_far()
    await connection.execute(statement, parameters)
    return await read_so_far() - before


async def test_a_large_table_is_judged_by_a_sample_of_it(plane: Plane) -> None:
    await limit(plane, 10**12)
    await fill(plane, 10_000, text="some words " * 20)
    whole = await measure(plane)
    assert whole is not None
    pages = await plane.value("select pg_relation_size('interlock.executions') / 8192")
    sample = pages // 8
    await later(plane, 61)
    async with plane.pool.connection() as connection:
        await connection.set_autocommit(True)
        read = await pages_read(connection, "select interlock.measure_workspaces(p_pages => %s)", sample)
        await connection.set_autocommit(False)
    assert sample / 2 < read < sample * 1.5
    sampled = await plane.value("select stored_bytes from interlock.workspaces where id = 1")
    assert sampled == pytest.approx(whole, rel=4 / sample**0.5)
    assert sampled != whole
    await later(plane, 122)
    assert await measure(plane, sample) == sampled, "the same pages each time"


async def test_what_was_deleted_counts_no_longer(plane: Plane) -> None:
    await limit(plane, 10**12)
    await fill(plane, 100)
    before = await measure(plane)
    await plane.execute("delete from interlock.executions")
    await plane.execute("delete from interlock.assignments")
    await later(plane, 61)
    after = await measure(plane)
    assert before is not None
    assert after is not None
    assert after < before / 5


async def test_a_workspace_that_is_full_saves_no_definition_but_the_same_one(plane: Plane) -> None:
    await fill(plane, 1)
    await limit(plane, 1_000)
    await fill(plane, 1)  # it was not measured yet
    stored = await measure(plane)
    with pytest.raises(StorageFull) as refused:
        await plane.deploy([step("C")], ["S -> C"])
    assert stored is not None
    shown = await plane.value("select pg_size_pretty(%s::bigint)", stored)
    assert refused.value.message == (
        f"The workspace default stores {shown}, and its limit is 1000 bytes: it starts no executions and saves no definitions."
    )
    assert "can raise the limit" in refused.value.hint
    assert "measured again, every minute" in refused.value.hint
    assert refused.value.details == "stored_bytes"
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    await limit(plane, 10**9)
    await plane.deploy([step("C")], ["S -> C"])


async def full(plane: Plane) -> None:
    """Makes the first workspace full, as a measuring found it."""
    await limit(plane, 1)
    await later(plane, 61)
    assert await measure(plane)


@pytest.mark.parametrize(
    ("nodes", "edges"),
    [([step("A")], ["S -> A"]), ([step("A"), step("B")], ["S -> A", "S -> B"]), ([], [])],
    ids=["one plain visit", "two visits", "a trigger alone"],
)
@pytest.mark.parametrize("count", [1, 3])
async def test_a_workspace_that_is_full_starts_nothing(plane: Plane, nodes: list[Any], edges: list[str], count: int) -> None:
    await plane.deploy(nodes, edges)
    await full(plane)
    with pytest.raises(StorageFull, match="The workspace default stores"):
        await plane.control.start_executions("flow", [{"input": {}} for _ in range(count)])
    assert await plane.value("select count(*) from interlock.executions") == 0
    await limit(plane, 10**9)  # holds at once
    assert len(await plane.control.start_executions("flow", [{"input": {}} for _ in range(count)])) == count


async def test_what_is_under_way_in_a_full_workspace_goes_on(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    await full(plane)
    assert await (await plane.worker()).work() == ["A/1", "B/1"]
    assert await plane.value("select status from interlock.executions where id = %s", execution) == "completed"


async def test_a_repeated_start_of_a_full_workspace_returns_what_it_started(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    one: NewExecution = {"input": {}, "idempotency_key": "one"}
    two: NewExecution = {"input": {}, "idempotency_key": "two"}
    other: NewExecution = {"input": {}}
    [first] = await plane.control.start_executions("flow", [one])
    await full(plane)
    [again] = await plane.control.start_executions("flow", [one])
    assert (again.execution_id, again.created) == (first.execution_id, False)
    for batch in ([two], [one, two], [one, other]):
        with pytest.raises(StorageFull):
            await plane.control.start_executions("flow", batch)


async def test_a_full_workspace_retries_nothing(plane: Plane) -> None:
    await plane.deploy([step("A", retry={"max_attempts": 1})], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    await worker.report(failed((await worker.claim())["A/1"], retryable=False))
    await full(plane)
    with pytest.raises(StorageFull):
        await plane.control.retry(execution)
    await limit(plane, None)
    await plane.control.retry(execution)


async def test_a_workflow_that_was_being_created_meanwhile_is_refused_too(plane: Plane) -> None:
    """Its row was not there to be marked when the workspace became full."""
    await plane.deploy([step("A")], ["S -> A"])
    await full(plane)
    await plane.execute("update interlock.workflows set workspace_is_full = false")
    await later(plane, 122)
    await measure(plane)
    with pytest.raises(StorageFull):
        await plane.start()


async def test_a_workspace_that_is_being_deleted_is_not_waited_for(plane: Plane) -> None:
    await plane.execute("insert into interlock.workspaces (name, created_at) values ('second', now())")
    async with plane.pool.connection() as deleting, deleting.transaction():
        await deleting.execute("select from interlock.workspaces where name = 'second' for update")
        assert await measure(plane) == 0
    assert await plane.value("select stored_bytes from interlock.workspaces where name = 'second'") is None


async def test_small_parts_of_a_large_table_are_measured_about_as_well_as_it_is_said(plane: Plane) -> None:
    """Four times as many pages as are read; one workspace has a tenth of them, in one piece, another one a hundredth."""
    await plane.execute("insert into interlock.workspaces (name, created_at) values ('tenth', now()), ('hundredth', now())")
    await plane.execute(
        """
        insert into interlock.executions (id, version_id, workflow_id, workspace_id, status, input, created_at, change_number)
        select interlock.uuidv7(), 1, '00000000-0000-0000-0000-000000000001',
               case when n % 40000 between 10000 and 13999 then 2 when n % 40000 between 30000 and 30399 then 3 else 1 end, 'running',
               jsonb_build_object('text', (select string_agg(md5(n || ' ' || m), '') from generate_series(1, 40) m)), now(), n
        from generate_series(1, 40000) n
        """
    )
    assert await plane.value("select pg_relation_size('interlock.executions') / 8192") > 3 * 2048

    async def stored() -> list[int]:
        return [row["stored_bytes"] for row in await plane.rows("select stored_bytes from interlock.workspaces order by id")]

    await measure(plane, 10**6)
    whole = await stored()
    await later(plane, 61)
    await measure(plane)
    sampled = await stored()
    assert sampled != whole
    for of_sample, of_all, error in zip(sampled, whole, (0.05, 0.15, 0.45), strict=True):
        assert of_sample == pytest.approx(of_all, rel=error)
