"""Follows an execution until it has ended."""

import asyncio
import time
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool
from rich.markup import escape

from interlock.cli.execution_views import execution_document
from interlock.cli.live import LineLog, LiveTree, live_display
from interlock.cli.moments import span_text
from interlock.cli.outline import outline
from interlock.cli.output import Output
from interlock.cli.signs import status_markup
from interlock.insight.executions import OPEN_STATUSES, read_changes, read_execution, read_outline, read_summary

Pool = AsyncConnectionPool[Any]

FIRST_POLL_SECONDS = 0.02
LONGEST_POLL_SECONDS = 0.25


async def watch(pool: Pool, execution: UUID, output: Output, *, timeout_seconds: float | None) -> str:
    """Show the nodes as they finish, and at last how it ended.

    Returns:
        The execution's status: a terminal one, or an open one when the time was over.
    """
    summary = await read_summary(pool, execution)
    graph = await read_outline(pool, execution)
    title = f"[bold]{escape(summary.workflow)}[/] v{summary.version}  [dim]{execution}[/]"
    give_up_at = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    if output.as_json:
        status = await _follow(pool, execution, None, give_up_at)
        output.document(execution_document(await read_execution(pool, execution)))
        return status
    if output.console.is_terminal:
        tree = LiveTree(title, outline(graph.node_ids, graph.connections))
        with live_display(output.console) as live:

            def draw() -> None:
                live.update(tree.render(height=max(5, output.console.height - 6)))

            status = await _follow(pool, execution, tree, give_up_at, draw)
    else:
        output.show(title)
        status = await _follow(pool, execution, LineLog(output.console), give_up_at)
    await _conclude(pool, execution, output)
    return status


async def _follow(pool: Pool, execution: UUID, watcher: Any, give_up_at: float | None, draw: Any = None) -> str:
    """Feed the watcher what changed until the execution has ended or the time is over."""
    since, pause = 0, FIRST_POLL_SECONDS
    while True:
        summary = await read_summary(pool, execution)  # before the visits, so that an ended execution's are all read
        if watcher is not None:
            changes = await read_changes(pool, execution, since=since)
            watcher.update(changes)
            since = max([since, *(change.change_number for change in changes)])
            pause = FIRST_POLL_SECONDS if changes else pause
        if draw is not None:
            draw()
        if summary.status not in OPEN_STATUSES or (give_up_at is not None and time.monotonic() >= give_up_at):
            return summary.status
        await asyncio.sleep(pause)
        pause = min(LONGEST_POLL_SECONDS if draw is None else 0.1, pause * 1.5)


async def _conclude(pool: Pool, execution: UUID, output: Output) -> None:
    import orjson

    record = await read_execution(pool, execution)
    summary = record.summary
    output.show(f"{status_markup(summary.status)} in {span_text(summary.created_at, summary.ended_at) or 'progress'}")
    if record.error is not None:
        output.show(f"  [red]{escape(str(record.error.get('message', record.error)))}[/]")
        output.note(f"  interlock executions show {execution}")
    elif summary.status in OPEN_STATUSES:
        output.note(f"  it goes on; interlock explain {execution} says what it waits for")
    if record.output is not None:
        from rich.json import JSON

        output.show(JSON(orjson.dumps(record.output, default=str).decode()))
