"""`interlock run`: starts an execution and watches it until it ends."""

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.backend import Backend, BackendConnection, choose_backend
from interlock.cli.exit_codes import ExitCode, exit_code_of
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, ServerOption, WorkspaceOption
from interlock.cli.output import Output
from interlock.cli.problem import InvalidFiles, Problem
from interlock.cli.runner import run_command

if TYPE_CHECKING:
    from interlock.cli.definition_files import CheckedFile
    from interlock.controlplane.types import NewExecution


def run(
    workflow: Annotated[
        str,
        typer.Argument(metavar="WORKFLOW|FILE", show_default=False, help="Name of a deployed workflow, or a workflow file, which is deployed first."),
    ],
    input_: Annotated[
        str | None, typer.Option("--input", "-i", metavar="JSON|@FILE|-", show_default=False, help="The execution's input, a JSON object.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(show_default=False, help="What the execution is about, for example an account or a document.")
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(show_default=False, help="A second start with the same key returns the same execution.")
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, show_default=False, help="Version of the workflow. Without it: the newest.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Watch the execution until it ends, or print its id and return.")] = True,
    timeout: Annotated[
        float | None, typer.Option(min=0, show_default=False, help="Maximum number of seconds to watch; the execution continues after them.")
    ] = None,
    work: Annotated[
        bool | None,
        typer.Option(
            "--work/--no-work",
            show_default=False,
            help="Do the work of nodes in this command. Without it: only if no worker is alive on the server that comes with Interlock.",
        ),
    ] = None,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start an execution and show its nodes as they finish.

    The exit code says how it ended: 0 completed, 1 failed, 3 cancelled, 4 timed out, 7 not ended after --timeout.
    """

    async def body(output: Output) -> ExitCode:
        from interlock.cli.json_input import read_input
        from interlock.cli.watch import watch

        request: NewExecution = {"input": read_input(input_), "subject": subject, "idempotency_key": idempotency_key}
        backend = choose_backend(server=server, database=database, data=data, workspace=workspace)
        checked = await _check_file(backend, workflow, version)
        async with backend.connect() as connection:
            name, chosen = (workflow, version) if checked is None else await _deploy(connection, output, checked)
            async with connection.work(work if wait else False):
                execution = await connection.start(name, request, chosen)
                if not wait:
                    output.document({"execution_id": execution}) if output.as_json else output.show(str(execution))
                    return ExitCode.COMPLETED
                status = await watch(connection, execution, output, timeout_seconds=timeout)
        return exit_code_of(status)

    run_command(body, as_json=as_json)


async def _check_file(backend: Backend, target: str, version: int | None) -> "CheckedFile | None":
    """Check the file, if the argument names one; returns None for the name of a workflow.

    Raises:
        InvalidFiles: the file has errors.
    """
    from interlock.cli.definition_files import is_file_name

    if not is_file_name(target):
        return None
    if version is not None:
        raise Problem("--version cannot be used with a file", where="--version", hint="leave it out, or give the name of a workflow")
    (checked,) = await backend.check([target])
    if not checked.is_valid:
        raise InvalidFiles([checked])
    return checked


async def _deploy(connection: BackendConnection, output: Output, checked: "CheckedFile") -> tuple[str, int]:
    """Deploy the file; returns its name and version."""
    deployed = await connection.save(checked)
    output.note(f"deployed {deployed.name} v{deployed.version}" if deployed.created else f"{deployed.name} v{deployed.version} is deployed already")
    return deployed.name, deployed.version
