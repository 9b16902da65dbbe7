"""The visits of an execution as bars on a common scale of time."""

from collections.abc import Sequence
from datetime import datetime

from rich.markup import escape
from rich.table import Table

from interlock.cli.moments import duration_text
from interlock.cli.signs import STYLE_OF, status_markup
from interlock.insight.records import AssignmentRecord, AttemptRecord, ExecutionRecord

BAR_WIDTH = 36


def timeline(execution: ExecutionRecord, *, now: datetime) -> Table:
    """One line for each visit, in the order in which they began; below it what went wrong with its earlier attempts."""
    begin = execution.summary.created_at
    end = execution.summary.ended_at or now
    total = max((end - begin).total_seconds(), 0.001)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("at", justify="right", style="dim")
    table.add_column("node", no_wrap=True)
    table.add_column("time", width=BAR_WIDTH, no_wrap=True)
    table.add_column("took", justify="right")
    table.add_column("status", no_wrap=True)
    table.add_column("what", overflow="fold")
    for assignment in execution.assignments:
        started, ended = assignment.started_at or assignment.created_at, assignment.ended_at or now
        table.add_row(
            f"+{duration_text((assignment.created_at - begin).total_seconds())}",
            _label(assignment),
            bar(begin, total, started, ended, STYLE_OF.get(assignment.status, "default")),
            duration_text(max(0.0, (ended - started).total_seconds())),
            status_markup(assignment.status),
            _remark(assignment, execution.attempts.get(assignment.id, ())),
        )
    return table


def bar(begin: datetime, total: float, started: datetime, ended: datetime, style: str) -> str:
    """A bar of at least one cell, placed on the scale from begin to begin + total seconds."""
    first = min(BAR_WIDTH - 1, max(0, int((started - begin).total_seconds() / total * BAR_WIDTH)))
    last = min(BAR_WIDTH, max(first + 1, round((ended - begin).total_seconds() / total * BAR_WIDTH)))
    return f"[bright_black]{'·' * first}[/][{style}]{'━' * (last - first)}[/][bright_black]{'·' * (BAR_WIDTH - last)}[/]"


def _label(assignment: AssignmentRecord) -> str:
    again = f" [dim]#{assignment.visit}[/]" if assignment.visit > 1 else ""
    return f"{escape(assignment.node_id)}{again}"


def _remark(assignment: AssignmentRecord, attempts: Sequence[AttemptRecord]) -> str:
    parts = [f"[red]attempt {attempt.attempt} {attempt.outcome}[/]{_why(attempt.error)}" for attempt in attempts]
    if assignment.error is not None and assignment.status == "failed":
        parts.append(f"[red]{escape(str(assignment.error.get('message', assignment.error)))}[/]")
    if assignment.wait_for is not None and assignment.ended_at is None:
        parts.append(f"for {assignment.wait_for}")
    ports = [port for port in assignment.ports if port != "main"]
    if ports:
        parts.append("→ " + escape(", ".join(ports)))
    if assignment.worker is not None:
        parts.append(f"[dim]{escape(assignment.worker)}[/]")
    return " · ".join(parts)


def _why(error: dict[str, object] | None) -> str:
    if not error:
        return ""
    message = str(error.get("message", ""))
    return ": " + escape(message if len(message) <= 100 else message[:99] + "…")
