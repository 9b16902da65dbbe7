"""Prints what the demo does: a line for each event, a bar while it runs, tables and ticks at the end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar
from rich.rule import Rule
from rich.table import Table

from examples.demo.observing import Progress

LINE_SECONDS: Final = 2.0


class Reporter:
    """Prints what happened and when; counts the checks that failed."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.failures = 0
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._began

    def event(self, text: str, *, sign: str = "•", style: str = "cyan") -> None:
        self.console.print(f"[dim]{self.elapsed:6.1f} s[/]  [{style}]{sign}[/] {text}")

    def chapter(self, title: str) -> None:
        self.console.print()
        self.console.print(Rule(f"[bold]{title}[/]", align="left", style="bright_black"))

    def check(self, what: str, *, holds: bool, found: str = "") -> None:
        self.failures += not holds
        sign = "[green]✓[/]" if holds else "[bold red]✗[/]"
        self.console.print(f"  {sign} {what}{'' if holds or not found else f'  [red]found: {escape(found)}[/]'}")

    def table(self, headings: list[str], rows: list[list[str]]) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
        for number, heading in enumerate(headings):
            table.add_column(heading, justify="left" if number == 0 else "right")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)

    @contextmanager
    def progress(self, total: int) -> Iterator["Gauge"]:
        bar = Bar(
            TextColumn("{task.fields[clock]}", style="dim"),
            BarColumn(bar_width=40),
            TextColumn("[bold]{task.completed}/{task.total}[/] birds"),
            TextColumn("[dim]{task.fields[details]}[/]"),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        with bar:
            yield Gauge(self, bar, total)


class Gauge:
    """A bar on a terminal, a line every two seconds elsewhere."""

    def __init__(self, reporter: Reporter, bar: Bar, total: int) -> None:
        self._teller = reporter
        self._bar = bar
        self._task = bar.add_task("birds", total=total, clock="", details="")
        self._total = total
        self._printed_at = reporter.elapsed

    def show(self, progress: Progress) -> None:
        details = f"{progress.visits:,} visits · {progress.waiting} waiting · {progress.failed_attempts} failed attempts"
        self._bar.update(self._task, completed=progress.ended, clock=f"{self._teller.elapsed:6.1f} s ", details=details)
        if self._bar.disable and self._teller.elapsed - self._printed_at >= LINE_SECONDS:
            self._printed_at = self._teller.elapsed
            self._teller.event(f"{progress.ended}/{self._total} birds done, {details}", sign="·", style="dim")
