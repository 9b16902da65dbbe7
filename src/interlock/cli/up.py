"""`interlock up`: everything that one machine needs, in one command."""

from typing import Annotated

import typer

from interlock.cli.connection import DatabaseChoice, shown_address
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, QueueOption
from interlock.cli.output import Output
from interlock.cli.runner import run_command


def up(
    queue: QueueOption = None,
    lease: Annotated[
        int, typer.Option(min=2, max=86_400, help="Seconds without a sign of life after which a worker's work is given to others.")
    ] = 30,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start the database (unless one is given), bring its schema up to date, and run a worker, until stopped.

    Ctrl-C or SIGTERM lets what is running end first, and then stops the server; a second one hands the work back at once.
    """

    async def body(output: Output) -> ExitCode:
        import asyncio

        from interlock.cli.serving import keep_running, serve_worker, worker_settings
        from interlock.controlplane import migrate

        output.note("starting…")
        async with DatabaseChoice(url=database, data=data).source() as source:
            await migrate(source.url)
            settings = worker_settings(source.url, queue or [], name=None, lease_seconds=lease)
            address = shown_address(source.url)
            if output.as_json:
                output.document({"database": address, "origin": source.origin, "worker": settings.name, "queues": dict(settings.queues)})
            output.show(f"[green]●[/] Interlock is up at [bold]{address}[/]")
            output.show(f"  worker {settings.name}: {', '.join(f'{name}={limit}' for name, limit in settings.queues.items())}")
            output.show("  [dim]in another terminal: interlock run FILE · interlock executions list · interlock doctor; Ctrl-C ends it[/]")
            keeper = asyncio.create_task(keep_running(source, output))
            try:
                await serve_worker(settings, as_json=output.as_json)
            finally:
                keeper.cancel()
                await asyncio.gather(keeper, return_exceptions=True)
            output.note("ended")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json, serves=True)
