"""`interlock workspaces`: teams that share an installation, their limits and their members."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.backend import choose_backend
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption, ServerOption
from interlock.cli.output import Output
from interlock.cli.problem import Problem
from interlock.cli.runner import run_command

if TYPE_CHECKING:
    from rich.table import Table

    from interlock.cli.workspace_backends import Member
    from interlock.controlplane.workspaces import WorkspaceRecord

WorkspaceArgument = Annotated[str, typer.Argument(metavar="WORKSPACE", show_default=False, help="Name of the workspace.")]
EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL", show_default=False, help="Email of the person.")]


def build_group() -> typer.Typer:
    group = typer.Typer(help="Teams that share the installation: their limits and members.", no_args_is_help=True)
    group.command("list")(list_workspaces)
    group.command("create")(create)
    group.command("update")(update)
    group.command("delete")(delete)
    group.command("members")(members)
    group.command("add-member")(add_member)
    group.command("remove-member")(remove_member)
    return group


def list_workspaces(
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List workspaces with their limits: all, or over a server those that the API key may see."""

    async def body(output: Output) -> ExitCode:
        async with choose_backend(server=server, database=database, data=data).connect() as connection:
            found = await connection.workspaces.list_workspaces()
        if output.as_json:
            output.document([_document(each) for each in found])
        else:
            output.show(_draw_workspaces(found))
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def create(
    name: Annotated[str, typer.Argument(show_default=False, help="Lower-case letters, digits, - and _; it begins with a letter or a digit.")],
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a workspace. Over a server, the owner of the API key becomes its admin; with a database, add the first admin with `add-member`."""

    async def body(output: Output) -> ExitCode:
        async with choose_backend(server=server, database=database, data=data).connect() as connection:
            made = await connection.workspaces.create_workspace(name)
        if output.as_json:
            output.document(_document(made))
        else:
            output.show(f"[green]✓[/] created the workspace [bold]{made.name}[/]")
            if made.role is None:
                output.note(f"nobody is in it yet: interlock workspaces add-member {made.name} EMAIL --role admin")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def update(
    workspace: WorkspaceArgument,
    name: Annotated[str | None, typer.Option(show_default=False, help="The new name.")] = None,
    max_requests: Annotated[
        int | None, typer.Option(min=0, show_default=False, help="Requests a minute to each API process; 0 takes the limit away.")
    ] = None,
    max_streams: Annotated[
        int | None, typer.Option(min=0, show_default=False, help="Open event streams of each API process; 0 takes the limit away.")
    ] = None,
    max_running: Annotated[int | None, typer.Option(min=0, show_default=False, help="Running assignments; 0 takes the limit away.")] = None,
    max_stored_bytes: Annotated[
        int | None, typer.Option(min=0, show_default=False, help="Bytes that its executions store; 0 takes the limit away.")
    ] = None,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rename a workspace, or change its limits. What is not given stays as it is."""
    given = {"max_requests": max_requests, "max_streams": max_streams, "max_running": max_running, "max_stored_bytes": max_stored_bytes}
    limits = {limit: value for limit, value in given.items() if value is not None}

    async def body(output: Output) -> ExitCode:
        if name is None and not limits:
            raise Problem("there is nothing to change", hint="give --name or one of the limits")
        async with choose_backend(server=server, database=database, data=data).connect() as connection:
            changed = await connection.workspaces.update_workspace(workspace, new_name=name, limits=limits)
        if output.as_json:
            output.document(_document(changed))
        else:
            output.show(_draw_workspaces([changed]))
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def delete(
    workspace: WorkspaceArgument,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete a workspace without workflows and open executions. Its members leave, its API keys are revoked, and its credentials are deleted."""

    async def body(output: Output) -> ExitCode:
        async with choose_backend(server=server, database=database, data=data).connect() as connection:
            await connection.workspaces.delete_workspace(workspace)
        if output.as_json:
            output.document({"deleted": workspace})
        else:
            output.show(f"[green]✓[/] deleted the workspace [bold]{workspace}[/]")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def members(
    workspace: WorkspaceArgument,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the members of a workspace and their roles. Over a server, only of the workspace of the API key."""

    async def body(output: Output) -> ExitCode:
        async with choose_backend(server=server, database=database, data=data).connect() as connection:
            found = await connection.workspaces.list_members(workspace)
        if output.as_json:
            output.document([_member_document(member) for member in found])
        elif found:
            output.show(_draw_members(found))
        else:
            output.note("no members")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def add_member(
    workspace: WorkspaceArgument,
    email: EmailArgument,
    role: Annotated[str, typer.Option(help="What they may do: admin, editor, operator, approver, annotator or viewer.")] = "viewer",
    name: Annotated[str | None, typer.Option(show_default=False, help="Name of a new person. Without it: what is before the @.")] = None,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add somebody to a workspace: a new person, who gets a one-time password, or one of another workspace, who keeps name and password."""

    async def body(output: Output) -> ExitCode:
        from interlock.api.models.users import Role

        if role not in list(Role):
            raise Problem(f"there is no role {role!r}; there are {', '.join(Role)}", where="--role")
        shown_name = (name or email.partition("@")[0])[:100]
        async with choose_backend(server=server, database=database, data=data).connect() as connection:
            made = await connection.workspaces.add_member(workspace, email=email, name=shown_name, role=role)
        if output.as_json:
            output.document(_member_document(made) | {"one_time_password": made.one_time_password})
        elif made.one_time_password is None:
            output.show(f"[green]✓[/] {made.email} is {made.role} in [bold]{workspace}[/], and signs in as before")
        else:
            output.show(f"[green]✓[/] {made.email} is {made.role} in [bold]{workspace}[/]; one-time password: [bold]{made.one_time_password}[/]")
            output.show("[dim]it is shown only once; the user chooses a new one after signing in[/]")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def remove_member(
    workspace: WorkspaceArgument,
    email: EmailArgument,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove somebody from a workspace and revoke their API keys in it. Who was in no other workspace is deleted."""

    async def body(output: Output) -> ExitCode:
        async with choose_backend(server=server, database=database, data=data).connect() as connection:
            await connection.workspaces.remove_member(workspace, email)
        if output.as_json:
            output.document({"workspace": workspace, "removed": email})
        else:
            output.show(f"[green]✓[/] removed {email} from [bold]{workspace}[/]")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def _document(workspace: "WorkspaceRecord") -> dict[str, object]:
    return asdict(workspace)


def _member_document(member: "Member") -> dict[str, object]:
    return {"id": str(member.id), "email": member.email, "name": member.name, "role": member.role, "disabled": member.disabled}


def _draw_workspaces(found: "list[WorkspaceRecord]") -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("workspace")
    for heading in ("requests a minute", "streams", "running", "stored bytes", "at most"):
        table.add_column(heading, justify="right")
    for each in found:
        numbers = (each.max_requests, each.max_streams, each.max_running, each.stored_bytes, each.max_stored_bytes)
        table.add_row(each.name, *("-" if number is None else f"{number:,}" for number in numbers))
    return table


def _draw_members(found: "list[Member]") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("email", "name", "role"):
        table.add_column(heading)
    for member in found:
        table.add_row(escape(member.email), escape(member.name), member.role + (" [dim]disabled[/]" if member.disabled else ""))
    return table
