"""One workspace has 100,000 due assignments: a real worker still takes up another one's single assignment with the next exchanges.

Counts decide here; `python -m benchmarks fairness` says how long it takes.
"""

from uuid import UUID

import pytest

from tests.worker.engine import Engine, until

DUE = 100_000
SLOTS = 20
SINGLES = 10
MOST_EXCHANGES = 4
"""Each of the two lanes gives each of the two workspaces a turn within two exchanges."""

# As an execution that was started is: START is done, and the first node is due.
COPY = """
with template as (
    select e.* from interlock.executions e where e.id = %s
), made as (
    insert into interlock.executions (id, version_id, workflow_id, status, input, created_at, started_at, change_number, workspace_id)
    select interlock.uuidv7(), t.version_id, t.workflow_id, t.status, t.input, t.created_at, t.started_at, nextval('interlock.change_numbers'),
           t.workspace_id
    from template t cross join generate_series(1, %s)
    returning id
)
insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, requires, due_at, change_number,
    created_at)
select m.id, a.id, a.version_id, a.node_no, a.visit, a.status, a.is_indexed, a.queue, a.requires, a.due_at, nextval('interlock.change_numbers'),
       a.created_at
from made m
cross join (select a.* from interlock.assignments a join template t on t.id = a.execution_id where a.status = 'pending') a
returning 1
"""
BETWEEN = """
select count(distinct (other.worker_id, other.claim_request)) as exchanges, count(*) as claims
from interlock.assignments own
join interlock.assignments other on other.started_at > own.created_at and other.started_at < own.started_at and other.claim_request is not null
    and other.queue not like '#%%'
where own.execution_id = %s and own.queue = '#2:default'
"""


@pytest.fixture
async def other(engine: Engine) -> Engine:
    """Another workspace, with a workflow of one node."""
    workspace = await engine.add_workspace("other")
    await workspace.deploy("single", {"a": "ECHO"})
    return workspace


async def fill(engine: Engine) -> None:
    """Makes as much due in the first workspace as no worker takes up while the test lasts."""
    [template] = await engine.start("chain", {})
    assert len(await engine.rows(COPY, template, DUE)) == DUE


async def exchanges_before(engine: Engine, execution: UUID) -> tuple[int, int]:
    """Returns how many exchanges took something of the first workspace while this execution waited, and how many assignments these were."""
    [row] = await engine.rows(BETWEEN, execution)
    return row["exchanges"], row["claims"]


@pytest.mark.parametrize("subtype", ["ECHO", "BLOCK"])
async def test_a_single_one_is_taken_up_within_the_next_exchanges(engine: Engine, other: Engine, subtype: str) -> None:
    """Quick nodes, of which a worker claims ahead; and nodes that take a while, each of which hands its slot to the node that follows."""
    node = {"subtype": subtype, **({"parameters": {"seconds": 0.003}} if subtype == "BLOCK" else {})}
    await engine.deploy("chain", dict.fromkeys(("a", "b", "c", "d", "e"), node))
    await fill(engine)
    async with engine.worker(queues={"default": SLOTS}) as worker:
        await until(lambda: worker.statistics.claimed > 10 * SLOTS)
        for _ in range(SINGLES):
            [execution] = await other.start("single", {})
            await engine.ended(execution)
            exchanges, claims = await exchanges_before(engine, execution)
            assert exchanges <= MOST_EXCHANGES, claims
            assert claims <= MOST_EXCHANGES * 2 * SLOTS
        left = await engine.one("select count(*) from interlock.assignments where status = 'pending' and queue = 'default'")
        assert left > DUE / 2, "they had to wait for nothing"
