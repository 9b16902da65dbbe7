"""`interlock tick`: handles what is due, once. For cron, where no worker runs."""

import logging
from typing import Annotated, Final

import typer

from interlock.cli.connection import DatabaseChoice, open_database
from interlock.cli.exit_codes import ExitCode
from interlock.cli.logs import LogOption, logs_json
from interlock.cli.options import DatabaseOption, DataOption, JsonOption
from interlock.cli.output import Output
from interlock.cli.runner import run_command, run_service

LOGGER: Final = logging.getLogger("interlock.tick")


def tick(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number handled of each kind.")] = 500,
    log: LogOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Handle once what is due: waits, retries, timeouts and lost workers.

    Workers do this by themselves. If none runs, call it from cron.
    """

    async def body(output: Output) -> ExitCode:
        async with open_database(DatabaseChoice(url=database, data=data)) as opened:
            moved = await opened.plane.tick(limit)
            await opened.plane.measure_workspaces()
        if logs_json():
            LOGGER.info("ticked", extra={"event": "ticked", "skipped": moved.skipped, **moved.moved})
        if output.as_json:
            output.document({"skipped": moved.skipped, "next_due_seconds": moved.next_due_seconds, **moved.moved})
        elif not logs_json():
            output.show("another tick is running" if moved.skipped else "  ".join(f"{name} {count}" for name, count in moved.moved.items()))
        return ExitCode.COMPLETED

    if log is None:
        run_command(body, as_json=as_json)
    else:
        run_service(body, log=log, as_json=as_json, process="tick", works=False)
