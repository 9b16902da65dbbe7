"""`interlock doctor`: what is wrong with this installation."""

from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, ServerOption
from interlock.cli.output import Output
from interlock.cli.place import choose_place
from interlock.cli.runner import run_command


def doctor(
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for what is wrong: server, schema, settings, vacuum, clock, workers, queues, and what is stuck.

    Ends with 1 if it found a problem; warnings and notes end with 0.
    """

    async def body(output: Output) -> ExitCode:
        from dataclasses import asdict

        from interlock.cli.finding_views import finding_table

        address, findings = await choose_place(server=server, database=database, data=data).diagnose()
        has_problem = any(finding.level == "problem" for finding in findings)
        if output.as_json:
            output.document({"address": address, "healthy": not has_problem, "findings": [asdict(finding) for finding in findings]})
        else:
            output.show(f"[bold]{address}[/]")
            output.show(finding_table(findings))
        return ExitCode.FAILED if has_problem else ExitCode.COMPLETED

    run_command(body, as_json=as_json)
