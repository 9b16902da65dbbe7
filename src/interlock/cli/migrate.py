"""`interlock migrate`: brings the schema `interlock` of a database to this version."""

from rich.text import Text

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
    """Create or update the schema `interlock` in a database. A second call changes nothing.

    It makes the role interlock_reader, with which the API reads, where the database's user may make roles. Otherwise it prints the SQL that makes it.
    """

    async def body(output: Output) -> ExitCode:
        from interlock.controlplane import migrate as migrate_schema
        from interlock.controlplane.migrating import rights_to_ask_for

        async with DatabaseChoice(url=database, data=data).source() as source:
            applied = await migrate_schema(source.url)
            missing = await rights_to_ask_for(source.url)
            address = shown_address(source.url)
        if output.as_json:
            output.document({"database": address, "applied": applied, "missing_rights": missing})
            return ExitCode.COMPLETED
        output.show(f"[green]✓[/] applied: {', '.join(applied)}" if applied else "[green]✓[/] the schema is up to date")
        if missing:
            output.warn("reads do not take the role interlock_reader, so row-level security is no second wall behind their conditions")
            output.show("  let a user who may make roles run this, and then `interlock migrate` again:")
            for statement in missing:
                output.show(Text(f"  {statement};"))
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)
