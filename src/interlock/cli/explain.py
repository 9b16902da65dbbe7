"""`interlock explain`: why an execution is not moving."""

from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, ExecutionArgument, JsonOption, ServerOption
from interlock.cli.output import Output
from interlock.cli.place import EXPLAINED, choose_place
from interlock.cli.runner import run_command


def explain(
    execution: ExecutionArgument,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say of everything that is open in an execution what it waits for."""

    async def body(output: Output) -> ExitCode:
        from dataclasses import asdict

        from interlock.cli.execution_views import reasons_table

        async with choose_place(server=server, database=database, data=data).open() as engine:
            found = await engine.find(execution)
            summary = await engine.read_summary(found)
            reasons, more = await engine.explain(found)
        if output.as_json:
            told = [asdict(reason) for reason in reasons]
            output.document({"execution_id": found, "status": summary.status, "reasons": told, "truncated": more})
        else:
            output.show(reasons_table(summary, reasons))
            if more:
                output.note(f"  more is open; these are the oldest {EXPLAINED:,}")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)
