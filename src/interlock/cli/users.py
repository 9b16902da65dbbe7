"""`interlock users`: helps people who cannot sign in. It needs access to the database."""

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.connection import DatabaseChoice, open_database
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption
from interlock.cli.output import Output
from interlock.cli.problem import Problem
from interlock.cli.runner import run_command

if TYPE_CHECKING:
    from interlock.controlplane.accounts import Accounts, PersonRecord

SUGGESTED = 10


def build_group() -> typer.Typer:
    group = typer.Typer(help="People who sign in.", no_args_is_help=True)
    group.callback()(_group)
    group.command("reset-password")(reset_password)
    return group


def _group() -> None:
    """Without this, a group of one command would be that command."""


def reset_password(
    email: Annotated[str, typer.Argument(help="Email of the user whose password was lost.")],
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a user a new one-time password and end their sessions. The password is shown only once. It needs the database, not a sign-in."""

    async def body(output: Output) -> ExitCode:
        from interlock.api.auth.passwords import Passwords, one_time_password
        from interlock.controlplane.accounts import Accounts

        async with open_database(DatabaseChoice(url=database, data=data)) as opened:
            accounts = Accounts(opened.pool)
            user = await _user_of(accounts, email)
            password = one_time_password()
            password_hash = await Passwords().hash(password)
            await accounts.update_user(user.id, password_hash=password_hash, by="interlock users reset-password")
        if output.as_json:
            output.document({"email": user.email, "one_time_password": password.get_secret_value()})
        else:
            output.show(f"{user.email} signs in with the one-time password [bold]{password.get_secret_value()}[/]")
            output.show("[dim]it is shown only once; the user chooses a new one after signing in[/]")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


async def _user_of(accounts: "Accounts", email: str) -> "PersonRecord":
    """Returns the user with this email; capitals do not matter."""
    found = await accounts.list_people(search=email.strip(), limit=SUGGESTED)
    for user in found:
        if user.email.casefold() == email.strip().casefold():
            return user
    near = found or await accounts.list_people(search=None, limit=SUGGESTED)
    raise Problem(f"there is no user with the email {email}", hint=f"existing users: {', '.join(user.email for user in near) or 'none yet'}")
