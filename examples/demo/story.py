"""The demo from beginning to end: one function for each act."""

import asyncio
import json
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool
from rich.markup import escape

from examples.demo.birds import read_birds
from examples.demo.observing import count_sailings, count_stored_once, read_held, read_lost, read_progress, read_work
from examples.demo.processes import Process, Stage, stage
from examples.demo.results import make_results_database, read_results
from examples.demo.service import ISLANDS
from examples.demo.telling import Teller
from interlock.cli.timeline import timeline
from interlock.controlplane import ControlPlane, migrate
from interlock.embedded import Server
from interlock.insight.executions import read_execution

WORKFLOWS: Final = Path(__file__).parent / "workflows"
NAMES: Final = ["Penguin intake", "Island patrol", "Colony report", "Weighing report"]
LEASE_SECONDS: Final = 3
PLACES: Final = 12
LONGEST_SECONDS: Final = 100.0
VISITS_BEFORE_KILL: Final = 4  # of about eleven for each bird

Pool = AsyncConnectionPool[Any]


class DemoFailedError(Exception):
    """It cannot go on; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who takes part."""

    teller: Teller
    stage: Stage
    pool: Pool
    plane: ControlPlane
    results_url: str
    service: str
    birds: Sequence[dict[str, Any]]


async def tell(teller: Teller, data_folder: Path, limit: int | None) -> None:
    """Run everything.

    Raises:
        DemoFailedError: something did not start, or the time is over.
    """
    teller.event(f"starting a PostgreSQL of our own in {data_folder}")
    async with Server(data_folder) as server:
        await start_afresh(server.url, data_folder)
        await migrate(server.url)
        results_url = await make_results_database(server.url)
        teller.event("PostgreSQL runs; beside the schema [bold]interlock[/] it has a database for results, with a role of its own")
        with stage(server.url, results_url) as opened:
            _, service = opened.start_service()
            teller.event(f"a service for enrichment runs at {service}; one answer in five is a 503")
            async with AsyncConnectionPool(server.url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True}) as pool:
                cast = Cast(
                    teller=teller,
                    stage=opened,
                    pool=pool,
                    plane=ControlPlane(pool),
                    results_url=results_url,
                    service=service,
                    birds=read_birds(limit),
                )
                await play(cast)


async def start_afresh(url: str, data_folder: Path) -> None:
    """The demo's own folder begins empty each time.

    Raises:
        DemoFailedError: it has executions that are none of the demo's, or somebody works on it now.
    """
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        found = await (await connection.execute("select to_regclass('interlock.workers')")).fetchone()
        if found is None or found[0] is None:
            return
        query = (
            "select (select count(*) from interlock.workers where status = 'alive'), (select count(*) from interlock.workflows where name <> all(%s))"
        )
        (workers, strange), *_ = await (await connection.execute(query.encode(), [NAMES])).fetchall()
        if workers:
            raise DemoFailedError(f"somebody works on {data_folder} now: stop the `interlock up` that runs on it, wait half a minute, and try again")
        if strange:
            raise DemoFailedError(f"{data_folder} has workflows that are not of the demo; name another folder with --data")
        await connection.execute("drop schema interlock cascade")


async def play(cast: Cast) -> None:
    deploy(cast)
    workers = await start_workers(cast)
    patrols = await start_patrols(cast)
    executions = await start_executions(cast)
    killed = await run_and_kill(cast, workers, executions, patrols)
    report = await write_report(cast)
    weighing = leave_one_to_fix(cast)
    await show_one_life(cast, executions)
    await show_results(cast, executions)
    await check_everything(cast, executions, killed, report)
    await check_patrols(cast, patrols)
    cast.teller.check(
        "the weighing report failed at `average`, as it was made to, with `collect` done", holds=weighing == ["completed", "completed", "failed"]
    )


def deploy(cast: Cast) -> None:
    files = [str(WORKFLOWS / name) for name in ("penguin_intake.yaml", "island_patrol.yaml", "colony_report.yaml", "weighing_report.yaml")]
    done = cast.stage.interlock("deploy", *files, "--json")
    if done.returncode:
        raise DemoFailedError(f"deploy ended with {done.returncode}: {done.stdout}{done.stderr}")
    for workflow in json.loads(done.stdout):
        cast.teller.event(f"deployed [bold]{workflow['workflow']}[/] v{workflow['version']}, {workflow['nodes']} nodes")


async def start_workers(cast: Cast) -> list[Process]:
    workers = [cast.stage.start_worker(f"worker-{number}", limit=PLACES, lease_seconds=LEASE_SECONDS) for number in (1, 2)]
    await _until_alive(cast, [worker.name for worker in workers])
    cast.teller.event(f"two workers are alive: processes {workers[0].pid} and {workers[1].pid}, {PLACES} assignments at once each")
    return workers


async def start_patrols(cast: Cast) -> list[UUID]:
    started = await cast.plane.start_executions("Island patrol", [{"input": {"island": island, "service": cast.service}} for island in ISLANDS])
    cast.teller.event(f"{len(started)} patrols started, for {len(ISLANDS)} islands with one boat: a lock that each of their visits to the sea holds")
    return [answer.execution_id for answer in started if answer.execution_id is not None]


async def start_executions(cast: Cast) -> list[UUID]:
    requests = [{"input": {**bird, "service": cast.service}, "subject": bird["record"], "idempotency_key": bird["record"]} for bird in cast.birds]
    before = cast.teller.elapsed
    started = await cast.plane.start_executions("Penguin intake", requests)
    cast.teller.event(f"[bold]{len(started)} executions[/] started in {cast.teller.elapsed - before:.2f} s, one for each penguin of Palmer Station")
    return [answer.execution_id for answer in started if answer.execution_id is not None]


async def run_and_kill(cast: Cast, workers: list[Process], executions: list[UUID], patrols: list[UUID]) -> Process:
    """Watch until every execution has ended; on the way, kill the worker that holds most."""
    teller, killed = cast.teller, None
    lost_told = False
    with teller.progress(len(executions)) as gauge:
        while True:
            progress = await read_progress(cast.pool, executions)
            gauge.show(progress)
            if killed is None and progress.visits >= VISITS_BEFORE_KILL * len(executions):
                killed = await _kill_busiest(cast, workers)
            if killed is not None and progress.lost and not lost_told:
                lost_told = True
                teller.event(f"the database noticed, and gave [bold]{progress.lost}[/] assignments of the dead worker to the living", style="green")
            if progress.ended == len(executions) and (await read_progress(cast.pool, patrols)).ended == len(patrols):
                break
            if teller.elapsed > LONGEST_SECONDS:
                raise DemoFailedError(f"after {LONGEST_SECONDS:.0f} s only {progress.ended} of {len(executions)} executions have ended")
            await asyncio.sleep(0.1)
    teller.event(f"[bold green]all {len(executions)} executions have ended[/], after {progress.visits:,} visits of nodes", sign="✓", style="green")
    if killed is None:
        raise DemoFailedError("no worker could be killed in the middle")
    return killed


async def _kill_busiest(cast: Cast, workers: list[Process]) -> Process | None:
    """None when just now it holds nothing. It is frozen while we look, so that it dies with what we saw in its hands."""
    held = await read_held(cast.pool)
    busiest = max(workers, key=lambda worker: held.get(worker.name, 0))
    busiest.freeze()
    await asyncio.sleep(0.05)  # an exchange that is on its way comes to its end
    if not (await read_held(cast.pool)).get(busiest.name):
        busiest.thaw()
        return None
    busiest.kill()
    cast.teller.event(f"[bold red]kill -9[/] of {busiest.name} (process {busiest.pid}) in the middle of its work", sign="✗", style="red")
    cast.stage.start_worker("worker-3", limit=PLACES, lease_seconds=LEASE_SECONDS)
    cast.teller.event("worker-3 is started in its place")
    return busiest


async def write_report(cast: Cast) -> dict[str, Any]:
    done = cast.stage.interlock("run", "Colony report", "--input", json.dumps({"service": cast.service}), "--no-work", "--timeout", "30", "--json")
    if done.returncode:
        raise DemoFailedError(f"the colony report ended with {done.returncode}: {done.stdout}{done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout)
    (row,) = await read_results(cast.results_url, sql.SQL("select mirror from reports"))
    cast.teller.event(f"the colony report is filed; the {row[0]} mirror answered first, the other was cancelled", sign="✓", style="green")
    return document


def leave_one_to_fix(cast: Cast) -> list[str]:
    """Run the workflow that has a mistake.

    Returns:
        The statuses of its visits.
    """
    masses = [bird["body_mass_g"] for bird in cast.birds if bird["island"] == "Dream"]
    done = cast.stage.interlock("run", "Weighing report", "--input", json.dumps({"masses": masses}), "--subject", "Dream", "--no-work", "--json")
    document: dict[str, Any] = json.loads(done.stdout)
    cast.teller.event("the weighing report failed: it has a mistake that is left for you to fix in the browser", sign="✗", style="red")
    return [assignment["status"] for assignment in document["assignments"]]


async def show_one_life(cast: Cast, executions: list[UUID]) -> None:
    """The timeline of a bird that was in the killed worker's hands; one that went round the loop if there is such a one."""
    lost = await read_lost(cast.pool, executions)
    records = [await read_execution(cast.pool, execution) for execution in dict.fromkeys([each.execution for each in lost] or executions[:1])]
    chosen = max(records, key=lambda record: len(record.assignments))
    cast.teller.chapter(f"The life of {chosen.summary.subject}, which was in the hands of the worker that was killed")
    cast.teller.console.print(timeline(chosen, now=datetime.now(UTC)))


async def show_results(cast: Cast, executions: list[UUID]) -> None:
    rows = await read_results(
        cast.results_url,
        sql.SQL("""
        select species, count(*), count(*) filter (where route = 'heavy'), count(*) filter (where route = 'mother'),
               count(*) filter (where route = 'usual'), count(*) filter (where route = 'set aside'),
               count(*) filter (where rounds > 1), round(avg(mass_per_flipper), 1)
        from penguins group by rollup (species) order by species nulls last
        """),
    )
    cast.teller.chapter("What came of it, in the results table")
    headings = ["species", "birds", "heavy", "mother", "usual", "set aside", "measured again", "g per mm of flipper"]
    cast.teller.table(headings, [["[bold]all[/]" if row[0] is None else escape(row[0]), *[str(value) for value in row[1:]]] for row in rows])
    work = await read_work(cast.pool, executions)
    cast.teller.console.print()
    cast.teller.table(["who", "visits completed"], [[escape(name), f"{count:,}"] for name, count in work.items()])


async def check_everything(cast: Cast, executions: list[UUID], killed: Process, report: dict[str, Any]) -> None:
    teller, total = cast.teller, len(cast.birds)
    progress = await read_progress(cast.pool, executions)
    lost = await read_lost(cast.pool, executions)
    rows = await read_results(cast.results_url, sql.SQL("select execution_id, record, rounds, route, writes from penguins"))
    again = await cast.plane.start_executions(
        "Penguin intake", [{"input": {}, "subject": bird["record"], "idempotency_key": bird["record"]} for bird in cast.birds]
    )
    statistics = await asyncio.to_thread(_read_statistics, cast.service)
    doctor = json.loads(cast.stage.interlock("doctor", "--json").stdout)
    incomplete = {bird["record"] for bird in cast.birds if None in (bird["sex"], bird["body_mass_g"])}

    teller.chapter("Did every record end exactly once?")
    teller.check(
        f"{total} records, {total} executions, all completed", holds=progress.completed == total == len(executions), found=str(asdict(progress))
    )
    teller.check(
        "the results table has each record once, from its own execution",
        holds=sorted(row[1] for row in rows) == sorted(bird["record"] for bird in cast.birds) and {row[0] for row in rows} == set(executions),
        found=f"{len(rows)} rows",
    )
    teller.check("in each execution the step `store` completed exactly once", holds=await count_stored_once(cast.pool, executions) == total)
    teller.check(
        f"the {len(lost)} assignments that {killed.name} held when it was killed were finished by others",
        holds=bool(lost) and all(each.status == "completed" and each.finished_by != killed.name for each in lost),
        found=str(lost[:3]),
    )
    teller.check(
        f"the {len(incomplete)} incomplete records went round the loop, and no other",
        holds={row[1] for row in rows if row[2] > 1} == incomplete,
        found=str(sorted(incomplete ^ {row[1] for row in rows if row[2] > 1})[:5]),
    )
    teller.check(
        f"the service failed {statistics['failed']} times; {progress.failed_attempts} attempts were repeated, none was given up",
        holds=statistics["failed"] > 0 and progress.failed_attempts >= statistics["failed"] - len(lost),
        found=str(statistics),
    )
    teller.check("starting all of them again with the same keys starts nothing", holds=not any(answer.created for answer in again))
    teller.check("the report counted every bird, and exactly one mirror took it", holds=_counted(report) == total, found=str(_counted(report)))
    teller.check(
        "`interlock doctor` finds no problem",
        holds=doctor["healthy"],
        found=str([finding["message"] for finding in doctor["findings"] if finding["level"] == "problem"]),
    )
    repeated = sum(row[4] - 1 for row in rows)
    if repeated:
        count = "one row was" if repeated == 1 else f"{repeated} rows were"
        teller.console.print(
            f"  [dim]{count} written twice, as the worker was killed after it wrote and before it told: the row's key made that harmless[/]"
        )


async def check_patrols(cast: Cast, patrols: list[UUID]) -> None:
    rows = await read_results(cast.results_url, sql.SQL("select island, stops from patrols order by island"))
    teller = cast.teller
    teller.check("each island was patrolled once, with three stops", holds=rows == [(island, 3) for island in sorted(ISLANDS)], found=str(rows))
    sailings, overlaps = await count_sailings(cast.pool, patrols)
    teller.check(
        f"the boat sailed {sailings} times and was never in two places at once", holds=sailings == 9 and overlaps == 0, found=f"{overlaps} times"
    )


def _counted(report: dict[str, Any]) -> int | None:
    outputs = [assignment["output"] for assignment in report["assignments"] if assignment["node_id"] == "write_report"]
    mirrors = [assignment["status"] for assignment in report["assignments"] if assignment["node_id"].startswith("mirror_")]
    return outputs[0]["birds"] if len(outputs) == 1 and sorted(mirrors) == ["cancelled", "completed"] else None


def _read_statistics(service: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{service}/statistics", timeout=10) as response:
        statistics: dict[str, int] = json.load(response)
    return statistics


async def _until_alive(cast: Cast, names: list[str]) -> None:
    give_up_at = asyncio.get_running_loop().time() + 30
    while asyncio.get_running_loop().time() < give_up_at:
        async with cast.pool.connection() as connection:
            rows = await (await connection.execute("select name from interlock.workers where status = 'alive'")).fetchall()
        if {row[0] for row in rows} >= set(names):
            return
        await asyncio.sleep(0.05)
    raise DemoFailedError(f"{', '.join(names)} did not come up")
