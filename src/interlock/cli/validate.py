"""`interlock validate`: checks workflow files."""

from typing import Annotated

import typer

from interlock.cli.backend import choose_backend
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import JsonOption, ServerOption
from interlock.cli.output import Output
from interlock.cli.runner import run_command


def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", show_default=False, help="Workflow files, YAML or JSON.")],
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check workflow files: show every error with its place and how to fix it.

    Needs no database. With a server, the node types that the server knows are allowed.

    The exit code is 1 if there is an error; 0 if there are only warnings.
    """

    async def body(output: Output) -> ExitCode:
        from interlock.cli.definition_error_tables import errors_document, show_errors

        checked = await choose_backend(server=server, database=None, data=None).check(files)
        if output.as_json:
            output.document(errors_document(checked))
        else:
            show_errors(output, checked)
        return ExitCode.FAILED if any(not file.is_valid for file in checked) else ExitCode.COMPLETED

    run_command(body, as_json=as_json)
