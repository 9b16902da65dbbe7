"""`interlock migrate`: brings the schema `interlock` of a database to this version."""

from interlock.cli.connection import DatabaseChoice, shown_address
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption
from interlock.cli.output import Output
from interlock.cli.runner import run_command


def migrate(
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create or update the schema `interlock` in a database. A second call changes nothing."""

    async def body(output: Output) -> ExitCode:
        from interlock.controlplane import migrate as migrate_schema

        async with DatabaseChoice(url=database, data=data).source() as source:
            applied = await migrate_schema(source.url)
            address = shown_address(source.url)
        if output.as_json:
            output.document({"database": address, "applied": applied})
        elif applied:
            output.show(f"[green]✓[/] applied: {', '.join(applied)}")
        else:
            output.show("[green]✓[/] the schema is up to date")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)
