"""Runs the benchmarks of a checkout; everywhere else, a short measurement of throughput."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from interlock.cli.connection import Database, DatabaseChoice, open_database
from interlock.cli.definition_files import check
from interlock.cli.exit_codes import ExitCode
from interlock.cli.output import Output
from interlock.cli.problem import Problem
from interlock.cli.serving import worker_settings, working

WORKFLOW: Final = "interlock bench"
TIMEOUT_SECONDS: Final = 300.0


def checkout() -> Path | None:
    """Returns the root of the checkout that this package runs from; None when it was installed."""
    root = Path(__file__).parents[3]
    return root if (root / "benchmarks" / "__main__.py").is_file() else None


async def run_checkout_benchmarks(root: Path, name: str | None, output: Output) -> ExitCode:
    """Run `python -m benchmarks`. A program gets only the last line of its output, which is JSON."""
    command = [sys.executable, "-m", "benchmarks", *([name] if name else [])]
    process = await asyncio.create_subprocess_exec(*command, cwd=root, stdout=asyncio.subprocess.PIPE if output.as_json else None)
    printed, _ = await process.communicate()
    if process.returncode == 2:
        raise Problem("the benchmarks do not accept these arguments; stderr says why", where=name, hint="`interlock bench` runs all of them")
    if output.as_json and printed:
        sys.stdout.write(printed.decode().rstrip().rpartition("\n")[2] + "\n")
    return ExitCode.FAILED if process.returncode else ExitCode.COMPLETED


async def measure_throughput(choice: DatabaseChoice, output: Output, *, executions: int, nodes: int) -> ExitCode:
    """Start chains of trivial nodes, then let one worker in this process do them all."""
    async with _chosen_or_temporary(choice) as opened:
        await _save_chain(opened, nodes)
        output.note(f"starting {executions:,} executions of {nodes} nodes…")
        before = time.perf_counter()
        identifiers = [answer.execution_id for answer in await opened.plane.start_executions(WORKFLOW, [{"input": {}}] * executions)]
        started = time.perf_counter()
        async with working(worker_settings(opened.source.url, [], name=None, lease_seconds=30)):
            await _until_ended(opened, identifiers)
            ended = time.perf_counter()
    figures = {
        "executions": executions,
        "nodes": executions * nodes,
        "started_per_second": round(executions / (started - before)),
        "nodes_per_second": round(executions * nodes / (ended - started)),
    }
    if output.as_json:
        output.document(figures)
    else:
        output.show(f"[bold]{figures['nodes_per_second']:,}[/] nodes a second, one worker process")
        output.show(f"[bold]{figures['started_per_second']:,}[/] executions started a second")
    return ExitCode.COMPLETED


@asynccontextmanager
async def _chosen_or_temporary(choice: DatabaseChoice) -> AsyncIterator[Database]:
    """The database that the options name, else a server in a temporary folder."""
    if choice.url is not None or choice.data is not None:
        async with open_database(choice) as opened:
            yield opened
        return
    with tempfile.TemporaryDirectory(prefix="interlock-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)  # noqa: S103 - root's server runs as another user, which must pass through it
        async with open_database(DatabaseChoice(url=None, data=Path(folder) / "data")) as opened:
            yield opened


async def _save_chain(opened: Database, nodes: int) -> None:
    steps = [
        {"id": f"step_{number}", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"step": number}}} for number in range(nodes)
    ]
    names = ["begin", *[str(step["id"]) for step in steps]]
    definition: dict[str, Any] = {
        "name": WORKFLOW,
        "nodes": [{"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, *steps],
        "connections": [{"from": origin, "to": target} for origin, target in pairwise(names)],
    }
    await check(definition, "the chain of the measurement").save(opened.plane)


async def _until_ended(opened: Database, identifiers: list[Any]) -> None:
    give_up_at = time.monotonic() + TIMEOUT_SECONDS
    while await _count_open(opened, identifiers):
        if time.monotonic() > give_up_at:
            raise Problem(f"some executions have not ended after {TIMEOUT_SECONDS:.0f} s", code="bench", exit_code=ExitCode.FAILED)
        await asyncio.sleep(0.02)


async def _count_open(opened: Database, identifiers: list[Any]) -> int:
    async with opened.pool.connection() as connection:
        cursor = await connection.execute("select count(*) from interlock.executions where id = any(%s) and ended_at is null", (identifiers,))
        (row,) = await cursor.fetchall()
    return int(row[0])
