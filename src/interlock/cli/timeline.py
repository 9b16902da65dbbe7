"""The visits of an execution as bars on a common time scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from rich.markup import escape
from rich.table import Table

from interlock.cli.execution_history import ExecutionHistory, Visit
from interlock.cli.status_style import STYLE_OF, status_markup
from interlock.cli.times import duration_text
from interlock.insight.records.assignments import AssignmentSummary, Attempt

BAR_WIDTH: Final = 36
VIRTUAL_USERS: Final = frozenset({"START", "ROUTER", "CONSENSUS"})
"""Actors that are the database itself; they are not named."""


def draw_timeline(history: ExecutionHistory, *, now: datetime) -> Table:
    """One line for each visit, in the order in which they were made, with its failed attempts."""
    begin = history.execution.created_at
    end = history.execution.ended_at or now
    total = max((end - begin).total_seconds(), 0.001)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("at", justify="right", style="dim")
    table.add_column("node", no_wrap=True)
    table.add_column("time", width=BAR_WIDTH, no_wrap=True)
    table.add_column("took", justify="right")
    table.add_column("status", no_wrap=True)
    table.add_column("what", overflow="fold")
    for visit in history.visits:
        assignment = visit.summary
        started, ended = assignment.started_at or assignment.created_at, assignment.ended_at or now
        table.add_row(
            f"+{duration_text((assignment.created_at - begin).total_seconds())}",
            _name_visit(assignment),
            draw_bar(begin, total, _list_spans(visit, started, ended)),
            duration_text(max(0.0, (ended - started).total_seconds())),
            status_markup(assignment.status),
            _describe(visit),
        )
    return table


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a bar."""

    started: datetime
    ended: datetime
    sign: str
    style: str


def draw_bar(begin: datetime, total: float, spans: Sequence[Span]) -> str:
    """Draws spans on a scale that begins at `begin` and is `total` seconds long. Each takes at least one cell; later ones cover earlier ones."""
    cells = [("·", "bright_black")] * BAR_WIDTH
    for span in spans:
        first = min(BAR_WIDTH - 1, max(0, int((span.started - begin).total_seconds() / total * BAR_WIDTH)))
        last = min(BAR_WIDTH, max(first + 1, round((span.ended - begin).total_seconds() / total * BAR_WIDTH)))
        cells[first:last] = [(span.sign, span.style)] * (last - first)
    return "".join(f"[{style}]{''.join(sign for sign, _ in group)}[/]" for style, group in groupby(cells, key=lambda cell: cell[1]))


def _list_spans(visit: Visit, started: datetime, ended: datetime) -> list[Span]:
    """Returns the time that the visit waited, its attempts that did not succeed, and its last attempt."""
    assignment = visit.summary
    waited = [Span(assignment.created_at, started, "─", "bright_black")] if started > assignment.created_at else []
    lost = [Span(attempt.started_at or attempt.ended_at, attempt.ended_at, "━", "red") for attempt in visit.attempts]
    return [*waited, *lost, Span(started, ended, "━", STYLE_OF.get(assignment.status, "default"))]


def _name_visit(assignment: AssignmentSummary) -> str:
    again = f" [dim]#{assignment.visit}[/]" if assignment.visit > 1 else ""
    return f"{escape(assignment.node_id)}{again}"


def _describe(visit: Visit) -> str:
    assignment = visit.summary
    parts = [f"[red]attempt {attempt.attempt} {attempt.outcome}[/]{_describe_error(attempt)}" for attempt in visit.attempts]
    if assignment.error is not None and assignment.status == "failed":
        parts.append(f"[red]{escape(assignment.error.message)}[/]")
    if assignment.wait_for is not None and assignment.ended_at is None:
        parts.append(f"for {assignment.wait_for}")
    ports = [port for port in assignment.ports if port != "main"]
    if ports:
        parts.append("→ " + escape(", ".join(ports)))
    if assignment.actor is not None and assignment.actor not in VIRTUAL_USERS:
        parts.append(f"[dim]{escape(assignment.actor)}[/]")
    return " · ".join(parts)


def _describe_error(attempt: Attempt) -> str:
    """Returns why an attempt failed; for one that was lost with its worker, nothing more is to say."""
    if not attempt.error or attempt.outcome == "lost":
        return ""
    message = attempt.error.message
    return ": " + escape(message if len(message) <= 100 else message[:99] + "…")
