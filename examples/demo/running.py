"""The demo from beginning to end: one function for each step."""

import asyncio
import json
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool
from rich.markup import escape
from rich.text import Text

from examples.demo.birds import read_birds
from examples.demo.observing import count_sailings, count_stored_once, find_longest, is_connected, read_held, read_lost, read_progress, read_work
from examples.demo.processes import Process, Processes, running_processes
from examples.demo.reporting import Reporter
from examples.demo.results import make_results_database, read_results
from examples.demo.service import ISLANDS
from interlock.controlplane import ControlPlane, migrate
from interlock.embedded import Server

WORKFLOWS: Final = Path(__file__).parent / "workflows"
NAMES: Final = ["Penguin intake", "Island patrol", "Colony report", "Weighing report"]
LEASE_SECONDS: Final = 3
WORKER_LIMIT: Final = 12
LONGEST_SECONDS: Final = 100.0
VISITS_BEFORE_KILL: Final = 4  # of about eleven for each bird

Pool = AsyncConnectionPool[Any]


class DemoFailedError(Exception):
    """The demo cannot continue; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What every step of the demo uses."""

    reporter: Reporter
    processes: Processes
    pool: Pool
    plane: ControlPlane
    results_url: str
    service: str
    birds: Sequence[dict[str, Any]]


async def run_demo(reporter: Reporter, data_folder: Path, limit: int | None) -> None:
    """Runs the whole demo.

    Raises:
        DemoFailedError: something did not start, or it takes too long.
    """
    reporter.event(f"starting a PostgreSQL of our own in {data_folder}")
    async with Server(data_folder) as server:
        await start_afresh(server.url, data_folder)
        await migrate(server.url)
        results_url = await make_results_database(server.url)
        reporter.event("PostgreSQL runs; beside the schema [bold]interlock[/] it has a database for results, with a role of its own")
        with running_processes(server.url, results_url) as opened:
            _, service = opened.start_service()
            reporter.event(f"a service for enrichment runs at {service}; one answer in five is a 503")
            async with AsyncConnectionPool(server.url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True}) as pool:
                demo = Demo(
                    reporter=reporter,
                    processes=opened,
                    pool=pool,
                    plane=ControlPlane(pool),
                    results_url=results_url,
                    service=service,
                    birds=read_birds(limit),
                )
                await run_steps(demo)


async def start_afresh(url: str, data_folder: Path) -> None:
    """Empties the demo's own folder, so that each run begins afresh.

    Raises:
        DemoFailedError: it has workflows that are not the demo's, or a worker is alive on it.
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
            raise DemoFailedError(f"a worker is alive on {data_folder}: stop the `interlock up` that runs on it, wait half a minute, and try again")
        if strange:
            raise DemoFailedError(f"{data_folder} has workflows that are not the demo's; name another folder with --data")
        await connection.execute("drop schema interlock cascade")


async def run_steps(demo: Demo) -> None:
    deploy(demo)
    workers = await start_workers(demo)
    patrols = await start_patrols(demo)
    executions = await start_executions(demo)
    killed = await run_and_kill(demo, workers, executions, patrols)
    report = await write_report(demo)
    weighing = leave_one_to_fix(demo)
    await show_one_execution(demo, executions)
    await show_results(demo, executions)
    await check_everything(demo, executions, killed, report)
    await check_patrols(demo, patrols)
    demo.reporter.check(
        "the weighing report failed at `average`, as intended, with `collect` done", holds=weighing == ["completed", "completed", "failed"]
    )


def deploy(demo: Demo) -> None:
    files = [str(WORKFLOWS / name) for name in ("penguin_intake.yaml", "island_patrol.yaml", "colony_report.yaml", "weighing_report.yaml")]
    done = demo.processes.interlock("deploy", *files, "--json")
    if done.returncode:
        raise DemoFailedError(f"deploy ended with {done.returncode}: {done.stdout}{done.stderr}")
    for workflow in json.loads(done.stdout):
        demo.reporter.event(f"deployed [bold]{workflow['workflow']}[/] v{workflow['version']}, {workflow['nodes']} nodes")


async def start_workers(demo: Demo) -> list[Process]:
    workers = [demo.processes.start_worker(limit=WORKER_LIMIT, lease_seconds=LEASE_SECONDS) for _ in range(2)]
    await _until_alive(demo, [worker.name for worker in workers])
    demo.reporter.event(f"two workers are alive: processes {workers[0].pid} and {workers[1].pid}, {WORKER_LIMIT} assignments at once each")
    return workers


async def start_patrols(demo: Demo) -> list[UUID]:
    started = await demo.plane.start_executions("Island patrol", [{"input": {"island": island, "service": demo.service}} for island in ISLANDS])
    demo.reporter.event(
        f"{len(started)} patrols started, for {len(ISLANDS)} islands with one boat: a lock that each of their visits to the sea holds"
    )
    return [answer.execution_id for answer in started if answer.execution_id is not None]


async def start_executions(demo: Demo) -> list[UUID]:
    requests = [{"input": {**bird, "service": demo.service}, "subject": bird["record"], "idempotency_key": bird["record"]} for bird in demo.birds]
    before = demo.reporter.elapsed
    started = await demo.plane.start_executions("Penguin intake", requests)
    demo.reporter.event(
        f"[bold]{len(started)} executions[/] started in {demo.reporter.elapsed - before:.2f} s, one for each penguin of Palmer Station"
    )
    return [answer.execution_id for answer in started if answer.execution_id is not None]


async def run_and_kill(demo: Demo, workers: list[Process], executions: list[UUID], patrols: list[UUID]) -> Process:
    """Waits until every execution has ended; on the way, kills the worker that holds most assignments."""
    reporter, killed = demo.reporter, None
    is_loss_reported = False
    with reporter.progress(len(executions)) as gauge:
        while True:
            progress = await read_progress(demo.pool, executions)
            gauge.show(progress)
            if killed is None and progress.visits >= VISITS_BEFORE_KILL * len(executions):
                killed = await _kill_busiest(demo, workers, executions)
            if killed is not None and progress.lost and not is_loss_reported:
                is_loss_reported = True
                reporter.event(
                    f"the database noticed, and gave the [bold]{progress.lost}[/] assignments of the dead worker to the others", style="green"
                )
            if progress.ended == len(executions) and (await read_progress(demo.pool, patrols)).ended == len(patrols):
                break
            if reporter.elapsed > LONGEST_SECONDS:
                raise DemoFailedError(f"after {LONGEST_SECONDS:.0f} s only {progress.ended} of {len(executions)} executions have ended")
            await asyncio.sleep(0.1)
    reporter.event(f"[bold green]all {len(executions)} executions have ended[/], after {progress.visits:,} visits of nodes", sign="✓", style="green")
    if killed is None:
        raise DemoFailedError("no worker could be killed in the middle")
    return killed


async def _kill_busiest(demo: Demo, workers: list[Process], executions: list[UUID]) -> Process | None:
    """Kills the busiest worker and starts another in its place; None if it held nothing, or all of it was still reported."""
    held = await read_held(demo.pool, executions)
    busiest = max(workers, key=lambda worker: held.get(worker.name, 0))
    if not held.get(busiest.name):
        return None
    busiest.kill()
    demo.reporter.event(f"[bold red]kill -9[/] of {busiest.name} (process {busiest.pid}) in the middle of its work", sign="✗", style="red")
    successor = demo.processes.start_worker(limit=WORKER_LIMIT, lease_seconds=LEASE_SECONDS)
    workers[workers.index(busiest)] = successor
    demo.reporter.event(f"{successor.name} is started in its place")
    while await is_connected(demo.pool, busiest.name):  # noqa: ASYNC110  another process disconnects
        await asyncio.sleep(0.01)  # what the worker had sent is still carried out
    has_lost = (await read_held(demo.pool, executions)).get(busiest.name) or (await read_progress(demo.pool, executions)).lost
    return busiest if has_lost else None


async def write_report(demo: Demo) -> dict[str, Any]:
    done = demo.processes.interlock(
        "run", "Colony report", "--input", json.dumps({"service": demo.service}), "--no-work", "--timeout", "30", "--json"
    )
    if done.returncode:
        raise DemoFailedError(f"the colony report ended with {done.returncode}: {done.stdout}{done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout)
    (row,) = await read_results(demo.results_url, sql.SQL("select mirror from reports"))
    demo.reporter.event(f"the colony report is filed; the {row[0]} mirror answered first, the other was cancelled", sign="✓", style="green")
    return document


def leave_one_to_fix(demo: Demo) -> list[str]:
    """Runs the workflow that has a mistake.

    Returns:
        The statuses of its visits.
    """
    masses = [bird["body_mass_g"] for bird in demo.birds if bird["island"] == "Dream"]
    done = demo.processes.interlock("run", "Weighing report", "--input", json.dumps({"masses": masses}), "--subject", "Dream", "--no-work", "--json")
    document: dict[str, Any] = json.loads(done.stdout)
    demo.reporter.event("the weighing report failed: it has a mistake for you to fix in the browser", sign="✗", style="red")
    return [assignment["status"] for assignment in document["assignments"]]


async def show_one_execution(demo: Demo, executions: list[UUID]) -> None:
    """Shows the timeline of a bird that the killed worker held, if possible of one that went round the loop."""
    lost = await read_lost(demo.pool, executions)
    chosen, subject = await find_longest(demo.pool, list(dict.fromkeys([each.execution for each in lost] or executions[:1])))
    demo.reporter.chapter(f"The execution of {subject}, which the killed worker held")
    shown = demo.processes.interlock("executions", "show", str(chosen), columns=demo.reporter.console.width)
    demo.reporter.console.print(Text.from_ansi(shown.stdout))


async def show_results(demo: Demo, executions: list[UUID]) -> None:
    rows = await read_results(
        demo.results_url,
        sql.SQL("""
        select species, count(*), count(*) filter (where route = 'heavy'), count(*) filter (where route = 'mother'),
               count(*) filter (where route = 'usual'), count(*) filter (where route = 'set aside'),
               count(*) filter (where rounds > 1), round(avg(mass_per_flipper), 1)
        from penguins group by rollup (species) order by species nulls last
        """),
    )
    demo.reporter.chapter("The results table")
    headings = ["species", "birds", "heavy", "mother", "usual", "set aside", "measured again", "g per mm of flipper"]
    demo.reporter.table(headings, [["[bold]all[/]" if row[0] is None else escape(row[0]), *[str(value) for value in row[1:]]] for row in rows])
    work = await read_work(demo.pool, executions)
    demo.reporter.console.print()
    demo.reporter.table(["who", "visits completed"], [[escape(name), f"{count:,}"] for name, count in work.items()])


async def check_everything(demo: Demo, executions: list[UUID], killed: Process, report: dict[str, Any]) -> None:
    reporter, total = demo.reporter, len(demo.birds)
    progress = await read_progress(demo.pool, executions)
    lost = await read_lost(demo.pool, executions)
    rows = await read_results(demo.results_url, sql.SQL("select execution_id, record, rounds, route, writes from penguins"))
    again = await demo.plane.start_executions(
        "Penguin intake", [{"input": {}, "subject": bird["record"], "idempotency_key": bird["record"]} for bird in demo.birds]
    )
    statistics = await asyncio.to_thread(_read_statistics, demo.service)
    doctor = json.loads(demo.processes.interlock("doctor", "--json").stdout)
    incomplete = {bird["record"] for bird in demo.birds if None in (bird["sex"], bird["body_mass_g"])}

    reporter.chapter("Did every record end exactly once?")
    reporter.check(
        f"{total} records, {total} executions, all completed", holds=progress.completed == total == len(executions), found=str(asdict(progress))
    )
    reporter.check(
        "the results table has each record once, from its own execution",
        holds=sorted(row[1] for row in rows) == sorted(bird["record"] for bird in demo.birds) and {row[0] for row in rows} == set(executions),
        found=f"{len(rows)} rows",
    )
    reporter.check("in each execution the step `store` completed exactly once", holds=await count_stored_once(demo.pool, executions) == total)
    reporter.check(
        f"the {len(lost)} assignments that {killed.name} held when it was killed were finished by others",
        holds=bool(lost) and all(each.status == "completed" and each.finished_by != killed.name for each in lost),
        found=str(lost[:3]),
    )
    reporter.check(
        f"the {len(incomplete)} incomplete records went round the loop, and no other",
        holds={row[1] for row in rows if row[2] > 1} == incomplete,
        found=str(sorted(incomplete ^ {row[1] for row in rows if row[2] > 1})[:5]),
    )
    reporter.check(
        f"the service failed {statistics['failed']} times; {progress.failed_attempts} attempts were repeated, none was given up",
        holds=statistics["failed"] > 0 and progress.failed_attempts >= statistics["failed"] - len(lost),
        found=str(statistics),
    )
    reporter.check("starting all of them again with the same keys starts nothing", holds=not any(answer.created for answer in again))
    reporter.check("the report counted every bird, and exactly one mirror took it", holds=_counted(report) == total, found=str(_counted(report)))
    reporter.check(
        "`interlock doctor` finds no problem",
        holds=doctor["healthy"],
        found=str([finding["message"] for finding in doctor["findings"] if finding["level"] == "problem"]),
    )
    repeated = sum(row[4] - 1 for row in rows)
    if repeated:
        count = "one row was" if repeated == 1 else f"{repeated} rows were"
        reporter.console.print(
            f"  [dim]{count} written twice, because the worker was killed between writing and reporting: the key of the row made that harmless[/]"
        )


async def check_patrols(demo: Demo, patrols: list[UUID]) -> None:
    rows = await read_results(demo.results_url, sql.SQL("select island, stops from patrols order by island"))
    reporter = demo.reporter
    reporter.check("each island was patrolled once, with three stops", holds=rows == [(island, 3) for island in sorted(ISLANDS)], found=str(rows))
    sailings, overlaps = await count_sailings(demo.pool, patrols)
    reporter.check(
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


async def _until_alive(demo: Demo, names: list[str]) -> None:
    give_up_at = asyncio.get_running_loop().time() + 30
    while asyncio.get_running_loop().time() < give_up_at:
        async with demo.pool.connection() as connection:
            rows = await (await connection.execute("select name from interlock.workers where status = 'alive'")).fetchall()
        if {row[0] for row in rows} >= set(names):
            return
        await asyncio.sleep(0.05)
    raise DemoFailedError(f"{', '.join(names)} did not start")
