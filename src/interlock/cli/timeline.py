"""The visits of an execution as bars on a common scale of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from rich.markup import escape
from rich.table import Table

from interlock.cli.moments import duration_text
from interlock.cli.signs import STYLE_OF, status_markup
from interlock.insight.records import AssignmentRecord, AttemptRecord, ExecutionRecord

BAR_WIDTH: Final = 36


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
            bar(begin, total, _spans(assignment, execution.attempts.get(assignment.id, ()), started, ended)),
            duration_text(max(0.0, (ended - started).total_seconds())),
            status_markup(assignment.status),
            _remark(assignment, execution.attempts.get(assignment.id, ())),
        )
    return table


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a bar."""

    started: datetime
    ended: datetime
    sign: str
    style: str


def bar(begin: datetime, total: float, spans: Sequence[Span]) -> str:
    """Spans of at least one cell each, later ones over earlier ones, on the scale from begin to begin + total seconds."""
    cells = [("·", "bright_black")] * BAR_WIDTH
    for span in spans:
        first = min(BAR_WIDTH - 1, max(0, int((span.started - begin).total_seconds() / total * BAR_WIDTH)))
        last = min(BAR_WIDTH, max(first + 1, round((span.ended - begin).total_seconds() / total * BAR_WIDTH)))
        cells[first:last] = [(span.sign, span.style)] * (last - first)
    return "".join(f"[{style}]{''.join(sign for sign, _ in group)}[/]" for style, group in groupby(cells, key=lambda cell: cell[1]))


def _spans(assignment: AssignmentRecord, attempts: Sequence[AttemptRecord], started: datetime, ended: datetime) -> list[Span]:
    """The time since it was made, the attempts that did not succeed, and the last one."""
    waited = [Span(assignment.created_at, started, "─", "bright_black")] if started > assignment.created_at else []
    lost = [Span(attempt.started_at or attempt.ended_at, attempt.ended_at, "━", "red") for attempt in attempts]
    return [*waited, *lost, Span(started, ended, "━", STYLE_OF.get(assignment.status, "default"))]


def _label(assignment: AssignmentRecord) -> str:
    again = f" [dim]#{assignment.visit}[/]" if assignment.visit > 1 else ""
    return f"{escape(assignment.node_id)}{again}"


def _remark(assignment: AssignmentRecord, attempts: Sequence[AttemptRecord]) -> str:
    parts = [f"[red]attempt {attempt.attempt} {attempt.outcome}[/]{_why(attempt)}" for attempt in attempts]
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


def _why(attempt: AttemptRecord) -> str:
    """The reason of an attempt's error; that a worker was lost says all by itself."""
    if not attempt.error or attempt.outcome == "lost":
        return ""
    message = str(attempt.error.get("message", ""))
    return ": " + escape(message if len(message) <= 100 else message[:99] + "…")
