"""`interlock deploy`: save workflow files as versions."""

from typing import Annotated, Final

import typer

from interlock.cli.backend import choose_backend
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, ServerOption, WorkspaceOption
from interlock.cli.output import Output
from interlock.cli.problem import InvalidFiles, Problem
from interlock.cli.runner import run_command

NOTE_CHARACTERS: Final = 500


def deploy(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", show_default=False, help="Workflow files, YAML or JSON.")],
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", show_default=False, help="What to say about the new versions, shown in the list of versions.")
    ] = None,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Save workflow files. A change makes a new version; unchanged content keeps its version.

    All files are checked first. If one has errors, none is saved.
    """

    async def body(output: Output) -> ExitCode:
        if note is not None and len(note) > NOTE_CHARACTERS:
            raise Problem(f"the note has {len(note)} characters, and at most {NOTE_CHARACTERS} are kept", where="--note", hint="shorten it")
        backend = choose_backend(server=server, database=database, data=data, workspace=workspace)
        checked = await backend.check(files)
        if any(not file.is_valid for file in checked):
            raise InvalidFiles(checked)
        async with backend.connect() as connection:
            saved = [await connection.save(file, note) for file in checked]
        if output.as_json:
            output.document([deployed.to_json() for deployed in saved])
        else:
            for deployed in saved:
                output.show(f"[green]✓[/] {deployed.shown}")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)
