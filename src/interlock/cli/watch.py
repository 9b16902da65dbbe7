"""Watches an execution until it has ended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final
from uuid import UUID

from rich.markup import escape

from interlock.cli.backend import BackendConnection
from interlock.cli.execution_documents import history_document
from interlock.cli.execution_history import read_history
from interlock.cli.execution_tables import version_of
from interlock.cli.live import LineLog, LiveTree, live_display
from interlock.cli.outline import outline_definition
from interlock.cli.output import Output
from interlock.cli.status_style import status_markup
from interlock.cli.times import span_text
from interlock.insight.records.executions import OPEN_STATUSES

REDRAW_SECONDS: Final = 0.1


async def watch(connection: BackendConnection, execution: UUID, output: Output, *, timeout_seconds: float | None) -> str:
    """Show the nodes as they finish, and at last how the execution ended.

    Returns:
        The execution's status; an open one if `timeout_seconds` passed first.
    """
    if output.as_json:
        await _follow(connection, execution, None, timeout_seconds)
        history = await read_history(connection, execution)
        output.document(history_document(history))
        return history.execution.status
    summary = await connection.read_summary(execution)
    title = f"[bold]{escape(summary.workflow)}[/] {version_of(summary)}  [dim]{execution}[/]"
    if output.console.is_terminal:
        definition = await connection.read_definition(execution)
        tree = LiveTree(title, outline_definition(definition))
        with live_display(output.console) as live:

            def draw() -> None:
                live.update(tree.render(height=max(5, output.console.height - 6)))

            async with _drawing(draw):
                await _follow(connection, execution, tree, timeout_seconds)
            draw()
    else:
        output.show(title)
        await _follow(connection, execution, LineLog(output.console), timeout_seconds)
    return await _conclude(connection, execution, output)


async def _follow(connection: BackendConnection, execution: UUID, watcher: Any, timeout_seconds: float | None) -> None:
    """Pass changes to the watcher until the execution has ended or the time has passed."""
    try:
        async with asyncio.timeout(timeout_seconds), aclosing(connection.follow(execution)) as changes:
            async for changed in changes:
                if watcher is not None:
                    watcher.update(changed)
    except TimeoutError:
        return


@asynccontextmanager
async def _drawing(draw: Callable[[], None]) -> AsyncIterator[None]:
    """Draw repeatedly during the block, because times and spinners move even if nothing changes."""

    async def again() -> None:
        while True:
            draw()
            await asyncio.sleep(REDRAW_SECONDS)

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _conclude(connection: BackendConnection, execution: UUID, output: Output) -> str:
    details = await connection.read_details(execution)
    output.show(f"{status_markup(details.status)} in {span_text(details.created_at, details.ended_at) or 'progress'}")
    if details.error is not None:
        output.show(f"  [red]{escape(details.error.message)}[/]")
        if details.error.hint:
            output.show(f"  [green]→ {escape(details.error.hint)}[/]")
        output.note(f"  interlock executions show {execution}")
    elif details.status in OPEN_STATUSES:
        output.note(f"  it continues; interlock explain {execution} says what it waits for")
    if details.output is not None:
        from rich.json import JSON

        from interlock.json_text import write_document

        output.show(JSON(write_document(details.output).decode()))
    return details.status
