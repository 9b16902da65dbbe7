"""`interlock doctor`: checks an installation."""

from interlock.cli.backend import choose_backend
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, ServerOption
from interlock.cli.output import Output
from interlock.cli.runner import run_command


def doctor(
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the database server, schema, settings, vacuum, clock, workers, queues and executions, and say how to fix what is wrong.

    It warns of executions that run away: 1,000 visits of a node since something in the execution last waited, or 2,000 open assignments.

    The exit code is 1 if there is an error; 0 if there are only warnings.
    """

    async def body(output: Output) -> ExitCode:
        from interlock.cli.finding_table import draw_findings

        address, findings = await choose_backend(server=server, database=database, data=data).diagnose()
        has_error = any(finding.level == "error" for finding in findings)
        if output.as_json:
            output.document({"address": address, "healthy": not has_error, "findings": [finding.model_dump() for finding in findings]})
        else:
            output.show(f"[bold]{address}[/]")
            output.show(draw_findings(findings))
        return ExitCode.FAILED if has_error else ExitCode.COMPLETED

    run_command(body, as_json=as_json)
