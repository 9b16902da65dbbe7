"""Follows an execution until it has ended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final
from uuid import UUID

from rich.markup import escape

from interlock.cli.execution_views import execution_document
from interlock.cli.live import LineLog, LiveTree, live_display
from interlock.cli.moments import span_text
from interlock.cli.outline import outline
from interlock.cli.output import Output
from interlock.cli.place import Engine
from interlock.cli.signs import status_markup
from interlock.insight.executions import OPEN_STATUSES

REDRAW_SECONDS: Final = 0.1


async def watch(engine: Engine, execution: UUID, output: Output, *, timeout_seconds: float | None) -> str:
    """Show the nodes as they finish, and at last how it ended.

    Returns:
        The execution's status: a terminal one, or an open one when the time was over.
    """
    if output.as_json:
        await _follow(engine, execution, None, timeout_seconds)
        record = await engine.read_execution(execution)
        output.document(execution_document(record))
        return record.summary.status
    summary = await engine.read_summary(execution)
    title = f"[bold]{escape(summary.workflow)}[/] v{summary.version}  [dim]{execution}[/]"
    if output.console.is_terminal:
        graph = await engine.read_graph(execution)
        tree = LiveTree(title, outline(graph.node_ids, graph.connections))
        with live_display(output.console) as live:

            def draw() -> None:
                live.update(tree.render(height=max(5, output.console.height - 6)))

            async with _drawing(draw):
                await _follow(engine, execution, tree, timeout_seconds)
            draw()
    else:
        output.show(title)
        await _follow(engine, execution, LineLog(output.console), timeout_seconds)
    return await _conclude(engine, execution, output)


async def _follow(engine: Engine, execution: UUID, watcher: Any, timeout_seconds: float | None) -> None:
    """Feed the watcher what changed until the execution has ended or the time is over."""
    try:
        async with asyncio.timeout(timeout_seconds), aclosing(engine.follow(execution)) as changes:
            async for changed in changes:
                if watcher is not None:
                    watcher.update(changed)
    except TimeoutError:
        return


@asynccontextmanager
async def _drawing(draw: Callable[[], None]) -> AsyncIterator[None]:
    """Draw again and again during the block: times and spinners move by themselves."""

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


async def _conclude(engine: Engine, execution: UUID, output: Output) -> str:
    from interlock.controlplane.exact_json import dumps_exactly

    record = await engine.read_execution(execution)
    summary = record.summary
    output.show(f"{status_markup(summary.status)} in {span_text(summary.created_at, summary.ended_at) or 'progress'}")
    if record.error is not None:
        output.show(f"  [red]{escape(str(record.error.get('message', record.error)))}[/]")
        if hint := record.error.get("hint"):
            output.show(f"  [green]→ {escape(str(hint))}[/]")
        output.note(f"  interlock executions show {execution}")
    elif summary.status in OPEN_STATUSES:
        output.note(f"  it goes on; interlock explain {execution} says what it waits for")
    if record.output is not None:
        from rich.json import JSON

        output.show(JSON(dumps_exactly(record.output).decode()))
    return summary.status
