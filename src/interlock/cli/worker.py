"""`interlock worker`: does the work of nodes."""

import os
import socket
from typing import Annotated

import typer

from interlock.cli.connection import DatabaseChoice, shown_address, wait_for_database
from interlock.cli.exit_codes import ExitCode
from interlock.cli.logs import LogOption
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, QueueOption
from interlock.cli.output import Output
from interlock.cli.runner import run_service


def worker(
    queue: QueueOption = None,
    workspace: Annotated[
        list[str] | None,
        typer.Option(
            "--workspace",
            metavar="NAME",
            envvar="INTERLOCK_WORKER_WORKSPACES",
            show_default=False,
            help="A workspace to serve. May be given several times. Without it: all.",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(show_default=False, help="Name of the worker in lists. Without it: machine and process id.")] = None,
    lease: Annotated[int, typer.Option(min=2, max=86_400, help="Seconds without a heartbeat after which its assignments are given to others.")] = 30,
    exchanges_in_flight: Annotated[
        int,
        typer.Option(min=1, max=2, envvar="INTERLOCK_EXCHANGES_IN_FLIGHT", help="How many exchanges with the database may be under way at once."),
    ] = 2,
    run_ahead: Annotated[
        bool, typer.Option(envvar="INTERLOCK_RUN_AHEAD", help="Execute nodes without side effects ahead of the report of what they follow.")
    ] = True,
    log: LogOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run due assignments until stopped. If the database does not answer yet, the worker waits for it.

    Ctrl-C or SIGTERM stops it after running assignments have ended; a second one hands them back at once. If
    executors block and cannot be stopped, the worker ends by itself with exit code 8, so that a new process can take its place.
    """

    async def body(output: Output) -> ExitCode:
        import logging
        from dataclasses import replace

        from interlock.cli.serving import end_process, serve_worker, worker_settings
        from interlock.cli.supervised import end_with_supervisor
        from interlock.controlplane import migrate

        is_supervised = end_with_supervisor()
        settings = worker_settings("", queue or [], name=process, lease_seconds=lease)
        settings = replace(settings, exchanges_in_flight=exchanges_in_flight, run_ahead=run_ahead, workspaces=tuple(workspace or []))
        async with wait_for_database(DatabaseChoice(url=database, data=data), logging.getLogger("interlock.worker")) as source:
            if source.is_embedded:
                await migrate(source.url)
            address = shown_address(source.url)
            if not is_supervised:
                output.note(f"working on {address}, queues {', '.join(f'{key}={limit}' for key, limit in settings.queues.items())}")
            if output.as_json:
                output.document({"worker": settings.name, "database": address, "queues": dict(settings.queues)})
            ended = await serve_worker(replace(settings, database_url=source.url))
        if ended.has_left_threads:
            end_process(ended.code)
        return ended.code

    process = name or f"{socket.gethostname()}:{os.getpid()}"
    run_service(body, log=log, as_json=as_json, process=process)
