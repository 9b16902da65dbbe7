"""`interlock worker`: a process that does the work of nodes."""

from typing import Annotated

import typer

from interlock.cli.connection import DatabaseChoice, open_database
from interlock.cli.exit_codes import ExitCode
from interlock.cli.logs import LogOption
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, QueueOption
from interlock.cli.output import Output
from interlock.cli.runner import run_command


def worker(
    queue: QueueOption = None,
    name: Annotated[str | None, typer.Option(show_default=False, help="What it is called in lists. Without it: machine and process.")] = None,
    lease: Annotated[int, typer.Option(min=2, max=86_400, help="Seconds without a sign of life after which its work is given to others.")] = 30,
    log: LogOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Work on what is due until stopped.

    Ctrl-C or SIGTERM lets what is running end first; a second one hands it back at once.
    """

    async def body(output: Output) -> ExitCode:
        from interlock.cli.logs import LogStyle, chosen_style
        from interlock.cli.serving import serve_worker, worker_settings
        from interlock.cli.supervised import end_with_supervisor

        is_supervised = end_with_supervisor()
        style = chosen_style(log, as_json=as_json)
        async with open_database(DatabaseChoice(url=database, data=data)) as opened:
            settings = worker_settings(opened.source.url, queue or [], name=name, lease_seconds=lease)
            if style is LogStyle.TEXT and not is_supervised:
                output.note(f"working on {opened.address}, queues {', '.join(f'{key}={limit}' for key, limit in settings.queues.items())}")
            if output.as_json:
                output.document({"worker": settings.name, "database": opened.address, "queues": dict(settings.queues)})
            await serve_worker(settings, style)
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json, serves=True)
