"""`interlock executions`: lists, shows and changes executions."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, NotRequired, TypedDict

import typer

from interlock.cli.backend import Backend, choose_backend
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, ExecutionArgument, JsonOption, ServerOption, WorkspaceOption
from interlock.cli.output import Output
from interlock.cli.problem import Problem
from interlock.cli.runner import run_command

if TYPE_CHECKING:
    from uuid import UUID

    from interlock.cli.backend import BackendConnection
    from interlock.insight.records.executions import ExecutionStatus, ExecutionSummary


class Act(TypedDict):
    """What a change did. `changed` is false if the execution was in that state before, or had ended."""

    changed: bool
    new_execution_id: NotRequired["UUID"]


StatusOption = Annotated[
    list[str] | None,
    typer.Option(
        "--status",
        "-s",
        show_default=False,
        help="Only executions with this status; may be given several times. `open` means all that have not ended.",
    ),
]


def build_group() -> typer.Typer:
    group = typer.Typer(help="List and show executions; cancel, suspend, continue or retry one.", no_args_is_help=True, rich_markup_mode="rich")
    group.command("list")(list_executions)
    group.command("show")(show)
    group.command("cancel")(cancel)
    group.command("suspend")(suspend)
    group.command("continue")(continue_)
    group.command("retry")(retry)
    return group


def list_executions(
    status: StatusOption = None,
    workflow: Annotated[str | None, typer.Option("--workflow", "-w", show_default=False, help="Only executions of this workflow.")] = None,
    subject: Annotated[str | None, typer.Option(show_default=False, help="Only executions about this subject.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Maximum number of executions, the newest.")] = 20,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List executions, newest first."""

    async def body(output: Output) -> ExitCode:
        from interlock.cli.execution_documents import summary_document
        from interlock.insight.execution_pages import PageFilter

        chosen = PageFilter(statuses=_statuses(status or []), subject=subject)
        async with choose_backend(server=server, database=database, data=data, workspace=workspace).connect() as connection:
            found = await connection.list_executions(chosen, workflow=workflow, limit=limit)
        if output.as_json:
            output.document([summary_document(summary) for summary in found])
        elif found:
            from interlock.cli.execution_tables import draw_execution_table

            output.show(draw_execution_table(found))
        else:
            output.note("no executions")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def show(
    execution: ExecutionArgument,
    full: Annotated[bool, typer.Option("--full", help="Print inputs and outputs in full, however long they are.")] = False,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one execution: its timeline, and the input, output, errors and attempts of every visit."""

    async def body(output: Output) -> ExitCode:
        from interlock.cli.execution_history import read_history

        async with choose_backend(server=server, database=database, data=data, workspace=workspace).connect() as connection:
            history = await read_history(connection, await connection.find_execution(execution))
        if output.as_json:
            from interlock.cli.execution_documents import history_document

            output.document(history_document(history))
        else:
            from interlock.cli.execution_tables import show_history

            show_history(output, history, full=full)
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def cancel(
    execution: ExecutionArgument,
    reason: Annotated[str, typer.Option(help="Why it is cancelled; kept with the execution.")] = "cancelled by hand",
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """End an execution now. What it has done stays done.

    One that has completed, failed or timed out stays as it is: then this ends with exit code 6.
    """

    async def act(connection: "BackendConnection", found: "UUID") -> Act:
        return {"changed": await connection.cancel(found, reason)}

    _change(execution, "cancelled", act, partial(choose_backend, server=server, database=database, data=data, workspace=workspace), as_json=as_json)


def suspend(
    execution: ExecutionArgument,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start no further assignments of an execution until it is continued. Those that run may end."""

    async def act(connection: "BackendConnection", found: "UUID") -> Act:
        return {"changed": await connection.suspend(found)}

    _change(execution, "suspended", act, partial(choose_backend, server=server, database=database, data=data, workspace=workspace), as_json=as_json)


def continue_(
    execution: ExecutionArgument,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a suspended execution go on."""

    async def act(connection: "BackendConnection", found: "UUID") -> Act:
        return {"changed": await connection.continue_(found)}

    _change(execution, "continued", act, partial(choose_backend, server=server, database=database, data=data, workspace=workspace), as_json=as_json)


def retry(
    execution: ExecutionArgument,
    from_node: Annotated[
        str | None, typer.Option("--from", metavar="NODE", show_default=False, help="Run again from this node, instead of from what failed.")
    ] = None,
    newest: Annotated[bool, typer.Option("--newest", help="Use the newest version of the workflow, instead of the execution's own.")] = False,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start a new execution that takes over what completed and does the rest again."""

    async def act(connection: "BackendConnection", found: "UUID") -> Act:
        return {"changed": True, "new_execution_id": await connection.retry(found, from_node, newest=newest)}

    _change(execution, "retried", act, partial(choose_backend, server=server, database=database, data=data, workspace=workspace), as_json=as_json)


def _statuses(given: Sequence[str]) -> "list[ExecutionStatus]":
    """The statuses that are meant; `open` stands for every one that has not ended.

    Raises:
        Problem: a status that does not exist.
    """
    from interlock.insight.records.executions import ALL_STATUSES, OPEN_STATUSES

    known = {status: (status,) for status in ALL_STATUSES} | {"open": OPEN_STATUSES}
    for status in given:
        if status not in known:
            raise Problem(
                f"there is no status {status!r}; there are {', '.join(known)}", where="--status", hint="`interlock executions list --status open`"
            )
    return [status for name in given for status in known[name]]


def _change(
    execution: str,
    what: str,
    act: "Callable[[BackendConnection, UUID], Awaitable[Act]]",
    choose: "Callable[[], Backend]",
    *,
    as_json: bool,
) -> None:
    """Find the execution, change it, and say what was done, or why nothing was, and what status it has now."""

    async def body(output: Output) -> ExitCode:
        async with choose().connect() as connection:
            found = await connection.find_execution(execution)
            done = await act(connection, found)
            summary = await connection.read_summary(found)
        is_refused = what == "cancelled" and not done["changed"] and summary.status != what
        if output.as_json:
            output.document({"execution_id": found, "change": what, "status": summary.status, **done})
        else:
            output.show(f"{'[green]✓[/]' if done['changed'] else '[yellow]–[/]'} {found} {_say(what, done, summary)}")
        return ExitCode.REFUSED if is_refused else ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def _say(what: str, done: Act, summary: "ExecutionSummary") -> str:
    from interlock.cli.status_style import status_markup

    status = status_markup(summary.status)
    if "new_execution_id" in done:
        return f"{what} as [bold]{done['new_execution_id']}[/]"
    if done["changed"]:
        return f"{what}; it is {status}"
    if what == "cancelled" and summary.status != what:
        return f"was not cancelled: it is {status}, and nothing changes an execution that has ended"
    return f"was {'not suspended' if what == 'continued' else f'{what} before'}, so nothing changed; it is {status}"
