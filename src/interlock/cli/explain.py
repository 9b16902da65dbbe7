"""`interlock explain`: says why an execution is not moving."""

from interlock.cli.backend import EXPLAIN_LIMIT, choose_backend
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, ExecutionArgument, JsonOption, ServerOption, WorkspaceOption
from interlock.cli.output import Output
from interlock.cli.runner import run_command


def explain(
    execution: ExecutionArgument,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what each open assignment of an execution waits for, and what to do about it."""

    async def body(output: Output) -> ExitCode:
        from interlock.cli.execution_documents import explanation_document

        async with choose_backend(server=server, database=database, data=data, workspace=workspace).connect() as connection:
            found = await connection.find_execution(execution)
            summary = await connection.read_summary(found)
            explanation = await connection.explain(found)
        if output.as_json:
            output.document(explanation_document(summary, explanation))
        else:
            from interlock.cli.execution_tables import draw_explanation

            output.show(draw_explanation(summary, explanation))
            if explanation.truncated:
                output.note(f"  more is open; these are the oldest {EXPLAIN_LIMIT:,}")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)
