"""Executions as tables for people and as documents for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Group
from rich.json import JSON
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from interlock.cli.moments import moment_text, span_text
from interlock.cli.output import Output
from interlock.cli.signs import status_markup
from interlock.cli.timeline import timeline
from interlock.controlplane.exact_json import dumps_exactly
from interlock.controlplane.types import Reason
from interlock.insight.records import ExecutionRecord, ExecutionSummary

SHORT_LENGTH = 400
_ERROR = ("code", "message", "hint", "details", "retryable", "attempt")


def execution_table(found: Sequence[ExecutionSummary]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("execution", "workflow", "status", "subject", "created", "took"):
        table.add_column(heading, no_wrap=heading == "execution", justify="right" if heading == "took" else "left")
    for summary in found:
        table.add_row(
            str(summary.id),
            f"{escape(summary.workflow)} [dim]v{summary.version}[/]",
            status_markup(summary.status) + (" [magenta]suspended[/]" if summary.suspended_at and not summary.ended_at else ""),
            escape(summary.subject or ""),
            moment_text(summary.created_at),
            span_text(summary.created_at, summary.ended_at),
        )
    return table


def summary_document(summary: ExecutionSummary) -> dict[str, Any]:
    document = asdict(summary)
    return {"execution_id": document.pop("id"), **document}


def execution_document(record: ExecutionRecord) -> dict[str, Any]:
    """All that is known of the execution; an assignment's attempts are those that did not succeed."""
    return {
        **summary_document(record.summary),
        "input": record.input,
        "output": record.output,
        "context": record.context,
        "error": _error(record.error),
        "left_out": list(record.left_out),
        "assignments": [
            {
                "assignment_id": assignment.id,
                **{key: value for key, value in asdict(assignment).items() if key != "id"},
                "error": _error(assignment.error),
                "input": data.input if (data := record.data.get(assignment.id)) else None,
                "output": data.output if data else None,
                "attempts": [{**asdict(attempt), "error": _error(attempt.error)} for attempt in record.attempts.get(assignment.id, ())],
            }
            for assignment in record.assignments
        ],
    }


def show_execution(output: Output, record: ExecutionRecord, *, full: bool) -> None:
    summary = record.summary
    head = f"[bold]{escape(summary.workflow)}[/] v{summary.version}  {status_markup(summary.status)}"
    took = span_text(summary.created_at, summary.ended_at)
    output.show(f"{head}{'  [magenta]suspended[/]' if summary.suspended_at and not summary.ended_at else ''}{f'  in {took}' if took else ''}")
    output.show(f"[dim]{summary.id}  created {moment_text(summary.created_at)}{_origin(summary)}[/]\n")
    output.show(timeline(record, now=datetime.now(UTC)))
    output.show("")
    if record.left_out:
        output.warn(f"too large for an answer of the server, and left out: {', '.join(record.left_out)}")
    output.show(_section("input", record.input, full=full))
    for assignment in record.assignments:
        data = record.data.get(assignment.id)
        if data is None or (assignment.error is None and data.output in (None, data.input)):
            continue  # it has said nothing of its own
        label = f"{assignment.node_id} #{assignment.visit}" if assignment.visit > 1 else assignment.node_id
        output.show(_section(label, data.output if assignment.error is None else {"error": _error(assignment.error)}, full=full))
    if record.context:
        output.show(_section("context", record.context, full=full))
    if record.error is not None:
        output.show(_section("error", _error(record.error), full=True))
    if record.output is not None:
        output.show(_section("output", record.output, full=full))


def reasons_table(summary: ExecutionSummary, reasons: Sequence[Reason]) -> Group:
    """What everything that is open waits for."""
    now = datetime.now(UTC)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("node", "status", "why", "until"):
        table.add_column(heading, overflow="fold")
    for reason in reasons:
        table.add_row(
            escape(reason.node_id or ""),
            status_markup(reason.status),
            escape(reason.message) + (f"\n[green]→ {escape(reason.hint)}[/]" if reason.hint else ""),
            moment_text(reason.until) if reason.until and reason.until > now else "",
        )
    suspended = f"  [magenta]suspended by {escape(summary.suspended_by or 'somebody')}[/]" if summary.suspended_at and not summary.ended_at else ""
    head = Text.from_markup(f"[bold]{escape(summary.workflow)}[/] v{summary.version}  {status_markup(summary.status)}{suspended}")
    return Group(head, table if reasons else Text("nothing is open", style="dim"))


def _error(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the API says of an error too, in its order."""
    return None if error is None else {name: error[name] for name in _ERROR if error.get(name) not in (None, {})}


def _origin(summary: ExecutionSummary) -> str:
    about = f"  about {escape(summary.subject)}" if summary.subject else ""
    return about + (f"  retried from {summary.retried_from}" if summary.retried_from else "")


def _section(label: str, value: Any, *, full: bool) -> Text | Group:
    text = dumps_exactly(value).decode()
    if full and len(text) > 100:
        return Group(Text(label, style="bold"), JSON(text))
    if not full and len(text) > SHORT_LENGTH:
        text = f"{text[:SHORT_LENGTH]}… ({len(text):,} characters; --full prints all)"
    return Text.assemble((f"{label}  ", "bold"), text)
