"""Executions as tables and texts, for people."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Group
from rich.json import JSON
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from interlock.cli.execution_documents import error_document
from interlock.cli.execution_history import ExecutionHistory
from interlock.cli.output import Output
from interlock.cli.status_style import status_markup
from interlock.cli.timeline import draw_timeline
from interlock.cli.times import span_text, time_text
from interlock.insight.records.executions import ExecutionSummary, Explanation
from interlock.json_text import write_document

SHORT_LENGTH: Final = 400
"""Number of characters of a value that are shown without --full."""


def version_of(summary: ExecutionSummary) -> str:
    """Returns the version as people read it, for example `v3`; that of a test run has no number."""
    return "test" if summary.is_test else f"v{summary.version}"


def draw_execution_table(found: Sequence[ExecutionSummary]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("execution", "workflow", "status", "subject", "created", "took"):
        table.add_column(heading, no_wrap=heading == "execution", justify="right" if heading == "took" else "left")
    for summary in found:
        table.add_row(
            str(summary.id),
            f"{escape(summary.workflow)} [dim]{version_of(summary)}[/]",
            status_markup(summary.status) + (" [magenta]suspended[/]" if summary.suspended_at and not summary.ended_at else ""),
            escape(summary.subject or ""),
            time_text(summary.created_at),
            span_text(summary.created_at, summary.ended_at),
        )
    return table


def show_history(output: Output, history: ExecutionHistory, *, full: bool) -> None:
    execution = history.execution
    head = f"[bold]{escape(execution.workflow)}[/] {version_of(execution)}  {status_markup(execution.status)}"
    took = span_text(execution.created_at, execution.ended_at)
    output.show(f"{head}{'  [magenta]suspended[/]' if execution.suspended_at and not execution.ended_at else ''}{f'  in {took}' if took else ''}")
    output.show(f"[dim]{execution.id}  created {time_text(execution.created_at)}{_describe_origin(execution)}[/]\n")
    output.show(draw_timeline(history, now=datetime.now(UTC)))
    output.show("")
    if execution.left_out:
        output.warn(f"the server leaves out what is too large for one answer: {', '.join(execution.left_out)}")
    output.show(_draw_section("input", execution.input, full=full))
    for visit in history.visits:
        summary = visit.summary
        if summary.error is None and visit.output in (None, visit.input):
            continue  # it only passed on what it was given
        label = f"{summary.node_id} #{summary.visit}" if summary.visit > 1 else summary.node_id
        output.show(_draw_section(label, visit.output if summary.error is None else {"error": error_document(summary.error)}, full=full))
    if execution.context:
        output.show(_draw_section("context", execution.context, full=full))
    if execution.error is not None:
        output.show(_draw_section("error", error_document(execution.error), full=True))
    if execution.output is not None:
        output.show(_draw_section("output", execution.output, full=full))


def draw_explanation(summary: ExecutionSummary, explanation: Explanation) -> Group:
    """What everything that is open waits for."""
    now = datetime.now(UTC)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("node", "status", "why", "until"):
        table.add_column(heading, overflow="fold")
    for reason in explanation.reasons:
        table.add_row(
            escape(reason.node_id or ""),
            status_markup(reason.status),
            escape(reason.message) + (f"\n[green]→ {escape(reason.hint)}[/]" if reason.hint else ""),
            time_text(reason.until) if reason.until and reason.until > now else "",
        )
    suspended = f"  [magenta]suspended by {escape(summary.suspended_by or 'somebody')}[/]" if summary.suspended_at and not summary.ended_at else ""
    head = Text.from_markup(f"[bold]{escape(summary.workflow)}[/] {version_of(summary)}  {status_markup(summary.status)}{suspended}")
    return Group(head, table if explanation.reasons else Text("nothing is open", style="dim"))


def _describe_origin(summary: ExecutionSummary) -> str:
    about = f"  about {escape(summary.subject)}" if summary.subject else ""
    return about + (f"  retried from {summary.retried_from}" if summary.retried_from else "")


def _draw_section(label: str, value: Any, *, full: bool) -> Text | Group:
    text = write_document(value).decode()
    if full and len(text) > 100:
        return Group(Text(label, style="bold"), JSON(text))
    if not full and len(text) > SHORT_LENGTH:
        text = f"{text[:SHORT_LENGTH]}… ({len(text):,} characters; --full prints all)"
    return Text.assemble((f"{label}  ", "bold"), text)
