"""What commands write: tables and colours for people, or one JSON document on stdout for programs."""

import logging
import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

from interlock.cli.logs import logs_json
from interlock.cli.problem import Problem

if TYPE_CHECKING:
    from rich.console import Console


class Output:
    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    @cached_property
    def console(self) -> "Console":
        return _console(to_stderr=False)

    @cached_property
    def notes(self) -> "Console":
        return _console(to_stderr=True)

    def document(self, value: Any) -> None:
        """Write a JSON document to stdout, on one line, so that a program can read several documents line by line."""
        from interlock.json_text import write_document

        sys.stdout.buffer.write(write_document(value) + b"\n")
        sys.stdout.buffer.flush()

    def show(self, renderable: Any) -> None:
        """Print to stdout for a person; nothing if a program reads it."""
        if not self.as_json:
            self.console.print(renderable, soft_wrap=not self.console.is_terminal)

    def note(self, text: str) -> None:
        """Print a note to stderr for a person; nothing if a program reads stdout or stderr."""
        if not self.as_json and not logs_json():
            self.notes.print(text, style="dim", markup=False)

    def warn(self, text: str) -> None:
        """Print a warning to stderr, for people and programs alike."""
        if logs_json():
            logging.getLogger("interlock.cli").warning(text)
            return
        from rich.text import Text

        self.notes.print(Text("Warning: ", style="bold yellow").append(text, style="not bold default"), soft_wrap=True)

    def problem(self, problem: Problem) -> None:
        if self.as_json:
            self.document(problem.to_json())
            return
        from rich.text import Text

        line = Text("Error: ", style="bold red").append(problem.message, style="not bold default")
        self.notes.print(line)
        if problem.where:
            self.notes.print(Text(f"   at: {problem.where}"))
        if problem.hint:
            self.notes.print(Text(f" hint: {problem.hint}", style="green"))


def _console(*, to_stderr: bool) -> "Console":
    from interlock.cli.safe_console import SafeConsole

    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else 160
    return SafeConsole(stderr=to_stderr, highlight=False, width=width, soft_wrap=False)
