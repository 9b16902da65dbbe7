"""`interlock export`: write the text of a workflow."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from interlock.cli.backend import choose_backend
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, ServerOption, WorkspaceOption
from interlock.cli.output import Output
from interlock.cli.problem import Problem
from interlock.cli.runner import run_command


def export(
    workflow: Annotated[str, typer.Argument(metavar="WORKFLOW", show_default=False, help="Name or id of a workflow.")],
    version: Annotated[int | None, typer.Option("--version", min=1, show_default=False, help="A version. Without it: the current one.")] = None,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", show_default=False, help="Write to this file. Without it: to stdout.")
    ] = None,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a workflow as its author wrote it: the same characters, with comments and the order of keys.

    A workflow that was built in the pages, or saved as JSON, has the text that was made of it when it was saved.
    """

    async def body(output: Output) -> ExitCode:
        async with choose_backend(server=server, database=database, data=data, workspace=workspace).connect() as connection:
            found = await connection.read_workflow(workflow, version)
        source = found.source
        if source is None:  # saved before texts were kept
            source = json.dumps(found.definition, indent=2, ensure_ascii=False) + "\n"
        if as_json:
            output.document({"workflow_id": found.id, "workflow": found.name, "version": found.version, "source": source})
        if file is not None:
            _write(file, source)
            output.note(f"  {found.name} v{found.version} was written to {file}")
        elif not as_json:
            sys.stdout.buffer.write(source.encode())
            sys.stdout.buffer.flush()
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def _write(file: Path, source: str) -> None:
    try:
        file.write_bytes(source.encode())
    except OSError as error:
        raise Problem(
            f"{file} cannot be written: {error.strerror}", where="--output", hint="give the path of a file in a folder that exists"
        ) from error
