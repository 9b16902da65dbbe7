"""`interlock explain`: why an execution is not moving."""

from interlock.cli.connection import DatabaseChoice, open_database
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, ExecutionArgument, JsonOption
from interlock.cli.output import Output
from interlock.cli.runner import run_command


def explain(
    execution: ExecutionArgument,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say of everything that is open in an execution what it waits for."""

    async def body(output: Output) -> ExitCode:
        from dataclasses import asdict

        from interlock.cli.execution_views import reasons_table
        from interlock.insight.executions import find_execution, read_summary

        async with open_database(DatabaseChoice(url=database, data=data)) as opened:
            found = await find_execution(opened.pool, execution)
            summary = await read_summary(opened.pool, found)
            reasons = await opened.plane.explain(found)
        if output.as_json:
            output.document({"execution_id": found, "status": summary.status, "reasons": [asdict(reason) for reason in reasons]})
        else:
            output.show(reasons_table(summary, reasons))
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)
