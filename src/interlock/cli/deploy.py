"""`interlock deploy`: save workflow files as versions."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from interlock.cli.backend import choose_backend
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, ServerOption, WorkspaceOption
from interlock.cli.output import Output
from interlock.cli.problem import InvalidFiles, Problem
from interlock.cli.runner import run_command

if TYPE_CHECKING:
    from interlock.cli.differences import Change

NOTE_CHARACTERS: Final = 500


def deploy(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", show_default=False, help="Workflow files, YAML or JSON.")],
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", show_default=False, help="What to say about the new versions, shown in the list of versions.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and save nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a workflow is changed. Without a terminal, nothing is asked.")] = False,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Save workflow files. A change makes a new version; unchanged content keeps its version.

    All files are checked first. If one has errors, none is saved. Then the difference of each file from the current version is shown,
    and on a terminal you are asked before anything is changed.
    """

    async def body(output: Output) -> ExitCode:
        from interlock.cli.differences import read_change

        if note is not None and len(note) > NOTE_CHARACTERS:
            raise Problem(f"the note has {len(note)} characters, and at most {NOTE_CHARACTERS} are kept", where="--note", hint="shorten it")
        backend = choose_backend(server=server, database=database, data=data, workspace=workspace)
        checked = await backend.check(files)
        if any(not file.is_valid for file in checked):
            raise InvalidFiles(checked)
        async with backend.connect() as connection:
            changes = [await read_change(connection, file) for file in checked]
            for change in changes:
                output.show(change.shown())
            if dry_run or not (yes or _agreed(output, changes)):
                if output.as_json:
                    output.document([change.to_json() for change in changes])
                return ExitCode.COMPLETED
            saved = [await connection.save(file, note) for file in checked]
        if output.as_json:
            output.document([deployed.to_json() for deployed in saved])
        else:
            for deployed in saved:
                output.show(f"[green]✓[/] {deployed.shown}")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def _agreed(output: Output, changes: "Sequence[Change]") -> bool:
    """Asks on a terminal, where a workflow that is there would change."""
    if output.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()) or not any(change.changes_something for change in changes):
        return True
    return typer.confirm("Save these changes?", default=True)
