"""`interlock run`: start an execution and watch it to its end."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interlock.cli.connection import Database, DatabaseChoice, open_database
from interlock.cli.exit_codes import ExitCode, exit_code_of
from interlock.cli.options import DatabaseOption, DataOption, JsonOption
from interlock.cli.output import Output
from interlock.cli.problem import Problem
from interlock.cli.runner import run_command

if TYPE_CHECKING:
    from uuid import UUID


def run(
    workflow: Annotated[
        str, typer.Argument(metavar="WORKFLOW|FILE", show_default=False, help="Name of a deployed workflow, or a file, which is deployed first.")
    ],
    input_: Annotated[
        str | None, typer.Option("--input", "-i", metavar="JSON|@FILE|-", show_default=False, help="The execution's input, a JSON object.")
    ] = None,
    subject: Annotated[str | None, typer.Option(show_default=False, help="What it is about: an account, a document …")] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(show_default=False, help="Starting again with the same key gives the same execution.")
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, show_default=False, help="Version of the workflow. Without it: the newest.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Watch it to its end, or print its id and go.")] = True,
    timeout: Annotated[float | None, typer.Option(min=0, show_default=False, help="Seconds to watch at most; the execution goes on.")] = None,
    work: Annotated[
        bool | None,
        typer.Option(
            "--work/--no-work", show_default=False, help="Do the work in this command. Without it: only where no worker is alive on our own server."
        ),
    ] = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start an execution and show its nodes as they finish.

    The exit code says how it ended: 0 completed, 1 failed, 3 cancelled, 4 timed out, 7 not ended when --timeout was over.
    """

    async def body(output: Output) -> ExitCode:
        from interlock.cli.json_input import read_input
        from interlock.cli.watching import watch
        from interlock.insight.workers import has_live_worker

        request = {"input": read_input(input_), "subject": subject, "idempotency_key": idempotency_key}
        async with open_database(DatabaseChoice(url=database, data=data)) as opened:
            name, chosen = await _deployed(opened, output, workflow, version)
            execution = await _start(opened, name, request, chosen)
            if not wait:
                output.document({"execution_id": execution}) if output.as_json else output.show(str(execution))
                return ExitCode.COMPLETED
            does_work = work if work is not None else opened.source.is_embedded and not await has_live_worker(opened.pool)
            async with _working(opened.source.url if does_work else None):
                status = await watch(opened.pool, execution, output, timeout_seconds=timeout)
        return exit_code_of(status)

    run_command(body, as_json=as_json)


def _working(url: str | None) -> AbstractAsyncContextManager[None]:
    """A worker beside the block; without a URL nothing, and then none of its imports either."""
    if url is None:
        return nullcontext()
    from interlock.cli.serving import worker_settings, working

    return working(worker_settings(url, [], name=None, lease_seconds=10))


async def _deployed(opened: Database, output: Output, target: str, version: int | None) -> tuple[str, int | None]:
    """The name and version to start; a file is deployed first."""
    from interlock.cli.definition_files import deploy_file, is_file_name

    if not is_file_name(target):
        return target, version
    if version is not None:
        raise Problem("--version goes with the name of a workflow, not with a file", hint="leave it out")
    deployed = await deploy_file(opened.plane, output, target)
    return deployed.name, deployed.version


async def _start(opened: Database, name: str, request: dict[str, Any], version: int | None) -> "UUID":
    (answer,) = await opened.plane.start_executions(name, [request], version=version)
    if answer.execution_id is None:
        error = answer.error or {}
        raise Problem(str(error.get("message")), hint=error.get("hint"), code=str(error.get("code")), exit_code=ExitCode.REFUSED)
    return answer.execution_id
