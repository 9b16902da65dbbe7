"""Text that others wrote cannot control the terminal of the reader."""

import io

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from interlock.cli.safe_console import SafeConsole
from tests.cli.command import run_here
from tests.cli.conftest import WriteWorkflow, transform

HOSTILE = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m\u202egnp.exe\r\x00\x7f"


def test_control_characters_are_shown_and_not_sent() -> None:
    table = Table()
    table.add_row(HOSTILE, Panel(HOSTILE))
    for kind in (SafeConsole, Console):
        written = io.StringIO()
        console = kind(file=written, force_terminal=True, color_system="truecolor")
        console.print(f"[red]styled[/] {HOSTILE}", table)
        sent = written.getvalue()
        is_safe = not any(each in sent for each in ("\x1b]52", "\x1b[2J", "\x9b", "\u202e", "\x7f"))
        assert is_safe is (kind is SafeConsole)
        assert "\x1b[31m" in sent, "styles are sent"


def test_a_subject_and_an_output_are_text(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("tea", transform("pour", said="{{ said }}"))
    run = run_here(
        "run",
        path,
        "--work",
        "--subject",
        "a\x1b[2Jb",
        "--input",
        '{"said": "\\u001b[2J\\u202e"}',
        database=database_url,
        environment={"FORCE_COLOR": "1"},
    )
    assert run.code == 0
    for words in (["executions", "list"], ["executions", "show", "last", "--full"], ["executions", "show", "last"]):
        shown = run_here(*words, database=database_url, environment={"FORCE_COLOR": "1"})
        assert shown.code == 0
        assert "\x1b[2J" not in shown.stdout, words
        assert "\u202e" not in shown.stdout, words
