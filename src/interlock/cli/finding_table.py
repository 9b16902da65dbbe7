"""The findings of `doctor` as a table."""

from collections.abc import Sequence
from typing import Final

from rich.markup import escape
from rich.table import Table

from interlock.insight.records.installation import Finding

SIGNS: Final = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}


def draw_findings(findings: Sequence[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for finding in findings:
        hint = f"\n[green]→ {escape(finding.hint)}[/]" if finding.hint else ""
        table.add_row(SIGNS[finding.level], f"[bold]{finding.check}[/]", f"{escape(finding.message)}{hint}")
    return table
