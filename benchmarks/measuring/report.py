"""A result, as a person reads it and as a program does: tables first, the line of JSON last."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measuring.outcome import Outcome, tidy


def table(title: str, *columns: str, rows: Iterable[Sequence[Any]] = ()) -> Table:
    """A table whose first column names the row and whose others are figures."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for number, column in enumerate(columns):
        made.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        made.add_row(*(show(value) for value in row))
    return made


def show(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    tidied = tidy(float(value))
    return f"{tidied:,}" if isinstance(tidied, int) or tidied != int(tidied) else f"{int(tidied):,}"


def print_outcome(console: Console, outcome: Outcome, machine: Mapping[str, Any]) -> None:
    for shown in outcome.tables:
        console.print(shown)
    for note in (*outcome.notes, *busy_note(machine)):
        console.print(f"[dim]{note}[/dim]", highlight=False)
    console.print(verdict(outcome), highlight=False)
    print_json(console, outcome.to_json(machine))


def busy_note(machine: Mapping[str, Any]) -> list[str]:
    if machine["load_before"] < machine["cores"] / 2:
        return []
    return [f"The machine was busy before (load {machine['load_before']} on {machine['cores']} cores): rates and times suffer, CPU per node hardly."]


def verdict(outcome: Outcome) -> str:
    """One line: what was found, what was wanted, how the best peer did."""
    text = f"[bold]{outcome.name}[/bold]: {show(outcome.figure)} {outcome.unit}"
    if outcome.target is not None:
        text += f", wanted {outcome.better} {show(outcome.target)}"
    text += "".join(f"; {also.name} {show(also.figure)} {also.unit}, wanted {also.better} {show(also.target)}" for also in outcome.also)
    if outcome.is_met is not None:
        text += ": [green]met[/green]" if outcome.is_met else ": [red]not met[/red]"
    if outcome.peer is not None:
        text += f" ({outcome.peer.name} {show(outcome.peer.figure)}, ratio {show(outcome.peer.ratio)})"
    return text


def print_json(console: Console, line: Mapping[str, Any]) -> None:
    """One line, whatever the terminal's width: it is for a program."""
    console.file.write(json.dumps(line, ensure_ascii=False) + "\n")
    console.file.flush()
