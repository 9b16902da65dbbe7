"""Shows an execution while it runs: a tree of its nodes on a terminal, elsewhere a line for each visit that ended."""

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from interlock.cli.outline import OutlineNode
from interlock.cli.status_style import SIGN_OF, STYLE_OF
from interlock.cli.times import duration_text
from interlock.insight.records.assignments import AssignmentSummary

SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
ENDED: Final = ("completed", "failed", "cancelled")


class LiveTree:
    """Draws the workflow's outline with the newest visit of each node. `update` takes the visits that changed."""

    def __init__(self, title: str, lines: Sequence[OutlineNode]) -> None:
        self._title = title
        self._lines = lines
        self._latest: dict[str, AssignmentSummary] = {}
        self._visits: defaultdict[str, int] = defaultdict(int)

    def update(self, changes: Sequence[AssignmentSummary]) -> None:
        for change in changes:
            known = self._latest.get(change.node_id)
            if known is None or known.visit <= change.visit:
                self._latest[change.node_id] = change
            self._visits[change.node_id] = max(self._visits[change.node_id], change.visit)

    def render(self, *, height: int) -> RenderableType:
        """Draw the whole outline if it fits, else the nodes that changed last."""
        lines = list(self._lines)
        if len(lines) > height:
            lines = [line for line in lines if line.node_id in self._latest]
            newest = sorted(lines, key=lambda line: self._latest[line.node_id].change_number)[-height:]
            shown = {line.node_id for line in newest}
            lines = [line for line in lines if line.node_id in shown]
        return Group(Text.from_markup(self._title), *[self._line(line) for line in lines])

    def _line(self, line: OutlineNode) -> Text:
        visit = self._latest.get(line.node_id)
        indent = "  " * line.depth
        if visit is None:
            return Text(f"  {indent}· {line.node_id}", style="bright_black")
        sign = SPINNER[int(time.monotonic() * 12) % len(SPINNER)] if visit.status == "running" else SIGN_OF.get(visit.status, "·")
        began, ended = visit.started_at or visit.created_at, visit.ended_at or datetime.now(UTC)
        took = duration_text(max(0.0, (ended - began).total_seconds())) if visit.status not in {"pending", "holding"} else ""
        text = Text(f"  {indent}").append(sign, style=STYLE_OF.get(visit.status, "default")).append(f" {line.node_id}", style="bold" if took else "")
        return text.append_text(Text.from_markup(f"  [dim]{took}[/]{describe_visit(visit)}"))


def describe_visit(visit: AssignmentSummary) -> str:
    """Returns what is worth saying about a visit, as Rich markup."""
    parts = []
    if visit.visit > 1:
        parts.append(f"visit {visit.visit}")
    if visit.attempt > 1:
        parts.append(f"attempt {visit.attempt}")
    if visit.loss_count:
        parts.append(f"worker lost {visit.loss_count}×")
    ports = [port for port in visit.ports if port != "main"]
    if ports and visit.status in ENDED:
        parts.append("→ " + escape(", ".join(ports)))
    if visit.status == "waiting":
        parts.append(f"waiting for {visit.wait_for}")
    if visit.error and visit.status == "failed":
        parts.append(f"[red]{escape(visit.error.message)}[/]")
    return f"  [dim]{' · '.join(parts)}[/]" if parts else ""


class LineLog:
    """Prints one line when a visit ends, where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def update(self, changes: Sequence[AssignmentSummary]) -> None:
        for visit in sorted(changes, key=lambda change: change.ended_at or change.created_at):
            if visit.status in ENDED:
                took = duration_text(max(0.0, ((visit.ended_at or visit.created_at) - (visit.started_at or visit.created_at)).total_seconds()))
                self._console.print(f"  {SIGN_OF[visit.status]} {escape(visit.node_id)}  {took}{describe_visit(visit)}")


def live_display(console: Console) -> Live:
    return Live(console=console, refresh_per_second=12, transient=False)
