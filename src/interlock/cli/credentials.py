"""`interlock credentials`: what needs the encryption keys at hand. The API saves credentials."""

import os

import typer

from interlock.cli.connection import DatabaseChoice, open_database
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption
from interlock.cli.output import Output
from interlock.cli.problem import Problem
from interlock.cli.runner import run_command


def build_group() -> typer.Typer:
    group = typer.Typer(help="Encryption of the credentials.", no_args_is_help=True)
    group.callback()(_group)
    group.command("rewrap")(rewrap)
    return group


def _group() -> None:
    """Without this, a group of one command would be that command."""


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
