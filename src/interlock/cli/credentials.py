"""`interlock credentials`: tests one, and wraps all under another key. The API saves credentials."""

import os
from typing import Annotated

import typer
from rich.markup import escape

from interlock.cli.backend import choose_backend
from interlock.cli.connection import DatabaseChoice, open_database
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, ServerOption, WorkspaceOption
from interlock.cli.output import Output
from interlock.cli.problem import Problem
from interlock.cli.runner import run_command


def build_group() -> typer.Typer:
    group = typer.Typer(help="Test credentials; encrypt them under another key.", no_args_is_help=True)
    group.command("test")(try_credential)
    group.command("rewrap")(rewrap)
    return group


def try_credential(
    name: Annotated[str, typer.Argument(show_default=False, help="Name of the credential.")],
    url: Annotated[
        str | None,
        typer.Option(show_default=False, help="Where to send a GET with it: for `bearer`, `basic` and `header`, which allow their hosts only."),
    ] = None,
    allow_private_addresses: Annotated[
        bool, typer.Option("--allow-private-addresses", help="Allow private addresses that INTERLOCK_HTTP_ALLOW_PRIVATE permits, too.")
    ] = False,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Use a credential once, as a node would, and say what came of it. On a server it is used there; with a database, here, which needs the key."""

    async def body(output: Output) -> ExitCode:
        async with choose_backend(server=server, database=database, data=data, workspace=workspace).connect() as connection:
            result = await connection.test_credential(name, url=url, allow_private_addresses=allow_private_addresses)
        if output.as_json:
            output.document({"passed": result.passed, "message": result.message, "code": result.code, "hint": result.hint})
        else:
            mark = "[green]✓[/]" if result.passed else "[red]✗[/]"
            output.show(f"{mark} {escape(result.message)}{f' ({escape(result.hint)})' if result.hint else ''}")
        return ExitCode.COMPLETED if result.passed else ExitCode.FAILED

    run_command(body, as_json=as_json)


def rewrap(database: DatabaseOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Encrypt the keys of all credentials with the first key of INTERLOCK_ENCRYPTION_KEY, so that older keys can be removed. It may be repeated."""

    async def body(output: Output) -> ExitCode:
        from interlock.credentials import CredentialStore, cipher_from_environment
        from interlock.credentials import rewrap as rewrap_all

        cipher = cipher_from_environment(os.environ)
        if cipher is None:
            raise Problem("no encryption key is configured", hint="set INTERLOCK_ENCRYPTION_KEY to the new key, a comma and the old key")
        async with open_database(DatabaseChoice(url=database, data=data)) as opened:
            done = await rewrap_all(CredentialStore(opened.pool), cipher, by="interlock credentials rewrap")
        if output.as_json:
            output.document({"key_id": cipher.key_id, "rewrapped": done.rewrapped, "unreadable": [error.message for error in done.unreadable]})
        else:
            output.show(f"{done.rewrapped} credentials rewrapped under the key {cipher.key_id}")
            for error in done.unreadable:
                output.show(f"[red]✗[/] {error.message} ({error.hint})")
        return ExitCode.FAILED if done.unreadable else ExitCode.COMPLETED

    run_command(body, as_json=as_json)
