"""Pages: one page of the list of executions among a million, for each kind of filter; with counts and the overview beside."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from psycopg_pool import AsyncConnectionPool

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.quantiles import quantile
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain
from benchmarks.workload.product import Product, installed
from interlock.insight.execution_pages import PageFilter, count_executions, find_execution, read_page
from interlock.insight.overview import read_overview
from interlock.insight.reading import Scope
from interlock.insight.workflows import list_workflows

EXECUTIONS = 1_000_000
AT_ONCE = 100_000
WORKFLOWS = 20
TARGET_MS = 50
LOOKS = 100
LIMIT = 51

# One in 20,000 is waiting, one in 1,000 failed, the rest completed; one workflow has half of them; a subject has a hundred.
ADD: LiteralString = """
insert into interlock.executions (id, version_id, workflow_id, status, input, subject, created_at, started_at, ended_at, change_number, error,
    workspace_id)
select interlock.uuidv7(), v.id, v.workflow_id, s.status, '{"n": 1}', 'subject ' || (n %% (%(all)s / 100)),
       interlock.now() - make_interval(secs => (%(all)s - n) * 0.05), interlock.now() - make_interval(secs => (%(all)s - n) * 0.05),
       case when s.status <> 'waiting' then interlock.now() - make_interval(secs => (%(all)s - n) * 0.05 - 0.04) end,
       nextval('interlock.change_numbers'), case s.status when 'failed' then '{"code": "broken", "message": "it broke"}'::jsonb end, 1
from generate_series(%(first)s::integer, %(last)s::integer) n
cross join lateral (
    select case when n %% 20000 = 0 then 'waiting' when n %% 1000 = 0 then 'failed' else 'completed' end as status) s
join interlock.workflow_versions v on v.id = %(version)s + case when n %% 2 = 0 then 0 else 1 + (n / 2) %% (%(workflows)s - 1) end
"""

# A workspace beside it has a hundred.
FEW: LiteralString = """
with workflow as (
    insert into interlock.workflows (id, name, current_version, created_at, updated_at, workspace_id)
    values (interlock.uuidv7(), 'flow', 1, interlock.now(), interlock.now(), %s) returning id, workspace_id
), made as (
    insert into interlock.executions (id, version_id, workflow_id, status, input, created_at, started_at, ended_at, change_number, workspace_id)
    select interlock.uuidv7(), (select min(id) from interlock.workflow_versions), w.id, 'completed', '{}', interlock.now(), interlock.now(),
           interlock.now(), nextval('interlock.change_numbers'), w.workspace_id
    from workflow w, generate_series(1, 100)
    returning id
)
select count(*) from made
"""


async def run(bench: Bench) -> Outcome:
    bench.say(f"inserting {EXECUTIONS:,} executions of {WORKFLOWS} workflows")
    async with installed(bench.server, "pages", *(chain(1, name=f"flow {n}") for n in range(WORKFLOWS))) as product:
        await fill(product)
        async with AsyncConnectionPool(product.url, min_size=1, max_size=2, open=False, kwargs={"autocommit": True}) as pool:
            measured = {name: await times(question) for name, question in (await questions(product, pool)).items()}
    rows = [(name, quantile(found, 0.5), quantile(found, 0.99)) for name, found in measured.items()]
    worst = max(p99 for name, _, p99 in rows if name.startswith("page"))
    return Outcome(
        name="pages",
        figure=worst,
        unit="ms, p99 of the slowest page",
        better=Better.LESS,
        target=TARGET_MS,
        settings={"executions": EXECUTIONS, "workflows": WORKFLOWS, "looks": LOOKS, "limit": LIMIT},
        details={name: {"p50_ms": p50, "p99_ms": p99} for name, p50, p99 in rows},
        tables=(table(f"Among {EXECUTIONS:,} executions", "", "p50, ms", "p99, ms", rows=rows),),
    )


async def fill(product: Product) -> None:
    version = await product.one("select min(id) from interlock.workflow_versions")
    beside = await product.one("insert into interlock.workspaces (name, created_at) values ('beside', interlock.now()) returning id")
    await product.one(FEW, beside)
    for first in range(1, EXECUTIONS + 1, AT_ONCE):
        values = {"first": first, "last": first + AT_ONCE - 1, "all": EXECUTIONS, "version": version, "workflows": WORKFLOWS}
        await product.connection.execute(ADD, values)
    await product.connection.execute("vacuum (analyze) interlock.executions")


async def questions(product: Product, pool: AsyncConnectionPool[Any]) -> dict[str, Callable[[], Awaitable[Any]]]:
    large = await product.one("select workflow_id from interlock.executions order by created_at desc limit 1")
    small = await product.one("select workflow_id from interlock.executions where workflow_id <> %s limit 1", large)
    middle = await pool_one(pool, "select created_at, id from interlock.executions order by created_at offset 500000 limit 1")
    since = datetime.now(UTC) - timedelta(hours=7)

    scope, beside = Scope(pool, 1), Scope(pool, await product.one("select max(id) from interlock.workspaces"))

    def page(chosen: PageFilter, before: Any = None) -> Callable[[], Awaitable[Any]]:
        return lambda: read_page(scope, chosen, before=before, limit=LIMIT)

    return {
        "page of a workspace with a few of them": lambda: read_page(beside, PageFilter(), limit=LIMIT),
        "page of that workspace, status completed": lambda: read_page(beside, PageFilter(statuses=["completed"]), limit=LIMIT),
        "page, no filter": page(PageFilter()),
        "page, no filter, by cursor from the middle": page(PageFilter(), middle),
        "page, status completed": page(PageFilter(statuses=["completed"])),
        "page, status waiting (50 of them)": page(PageFilter(statuses=["waiting"])),
        "page, status cancelled (none)": page(PageFilter(statuses=["cancelled"])),
        "page, workflow with half of them": page(PageFilter(workflow_id=large)),
        "page, small workflow": page(PageFilter(workflow_id=small)),
        "page, workflow and status failed": page(PageFilter(workflow_id=large, statuses=["failed"])),
        "page, small workflow and status waiting (none)": page(PageFilter(workflow_id=small, statuses=["waiting"])),
        "page, subject": page(PageFilter(subject="subject 77")),
        "page, subject and status": page(PageFilter(subject="subject 77", statuses=["completed"])),
        "page, between two times": page(PageFilter(created_from=since, created_to=since + timedelta(minutes=1))),
        "page, workflow, status and time": page(PageFilter(workflow_id=small, statuses=["failed"], created_to=since)),
        "counts": lambda: count_executions(scope),
        "counts of a workflow": lambda: count_executions(scope, workflow_id=large),
        "list of workflows": lambda: list_workflows(scope, search=None, tag=None, after=None, limit=LIMIT),
        "counts of a workspace with a few of them": lambda: count_executions(beside),
        "the last execution": lambda: find_execution(scope, "last"),
        "overview of an hour": lambda: read_overview(scope, window_minutes=60, workflow_id=None),
        "overview of 30 days": lambda: read_overview(scope, window_minutes=43_200, workflow_id=None),
    }


async def pool_one(pool: AsyncConnectionPool[Any], statement: LiteralString) -> Any:
    async with pool.connection() as connection:
        return await (await connection.execute(statement)).fetchone()


async def times(question: Callable[[], Awaitable[Any]]) -> list[float]:
    """Milliseconds of each look, as whoever asks sees them; stops after five seconds."""
    found: list[float] = []
    began = time.perf_counter()
    while len(found) < LOOKS and time.perf_counter() - began < 5:
        before = time.perf_counter()
        await question()
        found.append((time.perf_counter() - before) * 1000)
    return found
