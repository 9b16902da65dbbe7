"""`interlock executions`: list, show, and change by hand."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, ExecutionArgument, JsonOption, ServerOption
from interlock.cli.output import Output
from interlock.cli.place import Place, choose_place
from interlock.cli.problem import Problem
from interlock.cli.runner import run_command

if TYPE_CHECKING:
    from uuid import UUID

    from interlock.cli.place import Engine

StatusOption = Annotated[
    list[str] | None,
    typer.Option(
        "--status", "-s", show_default=False, help="Only with this status; may be given several times. `open` means all that have not ended."
    ),
]


def build_group() -> typer.Typer:
    group = typer.Typer(help="See executions; cancel, suspend, continue or retry one.", no_args_is_help=True, rich_markup_mode="rich")
    group.command("list")(list_executions)
    group.command("show")(show)
    group.command("cancel")(cancel)
    group.command("suspend")(suspend)
    group.command("continue")(continue_)
    group.command("retry")(retry)
    return group


def list_executions(
    status: StatusOption = None,
    workflow: Annotated[str | None, typer.Option("--workflow", "-w", show_default=False, help="Only of this workflow.")] = None,
    subject: Annotated[str | None, typer.Option(show_default=False, help="Only about this subject.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")] = 20,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List executions, newest first."""

    async def body(output: Output) -> ExitCode:
        from interlock.cli.execution_views import execution_table, summary_document
        from interlock.insight.executions import ExecutionFilter

        try:
            chosen = ExecutionFilter.of(statuses=status or [], workflow=workflow, subject=subject, limit=limit)
        except ValueError as error:
            raise Problem(str(error), where="--status", hint="`interlock executions list --status open`") from error
        async with choose_place(server=server, database=database, data=data).open() as engine:
            found = await engine.list_executions(chosen)
        if output.as_json:
            output.document([summary_document(summary) for summary in found])
        elif found:
            output.show(execution_table(found))
        else:
            output.note("no execution")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def show(
    execution: ExecutionArgument,
    full: Annotated[bool, typer.Option("--full", help="Print inputs and outputs whole, however long they are.")] = False,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one execution: its timeline, and the input, output, errors and attempts of every visit."""

    async def body(output: Output) -> ExitCode:
        from interlock.cli.execution_views import execution_document, show_execution

        async with choose_place(server=server, database=database, data=data).open() as engine:
            record = await engine.read_execution(await engine.find(execution))
        if output.as_json:
            output.document(execution_document(record))
        else:
            show_execution(output, record, full=full)
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)


def cancel(
    execution: ExecutionArgument,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the execution.")] = "cancelled by hand",
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """End an execution now; what it has done stays done."""

    async def act(engine: "Engine", found: "UUID") -> None:
        await engine.cancel(found, reason)

    _change(execution, "cancelled", act, partial(choose_place, server=server, database=database, data=data), as_json=as_json)


def suspend(
    execution: ExecutionArgument,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin nothing more of an execution until it is continued; what runs may end."""

    async def act(engine: "Engine", found: "UUID") -> None:
        await engine.suspend(found)

    _change(execution, "suspended", act, partial(choose_place, server=server, database=database, data=data), as_json=as_json)


def continue_(
    execution: ExecutionArgument,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a suspended execution go on."""

    async def act(engine: "Engine", found: "UUID") -> None:
        await engine.continue_(found)

    _change(execution, "continued", act, partial(choose_place, server=server, database=database, data=data), as_json=as_json)


def retry(
    execution: ExecutionArgument,
    from_node: Annotated[str | None, typer.Option("--from", metavar="NODE", show_default=False, help="Run again from this node.")] = None,
    newest: Annotated[bool, typer.Option("--newest", help="On the newest version of the workflow instead of its own.")] = False,
    server: ServerOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new execution that takes over what completed and does the rest again."""

    async def act(engine: "Engine", found: "UUID") -> dict[str, Any]:
        return {"new_execution_id": await engine.retry(found, from_node, newest=newest)}

    _change(execution, "retried", act, partial(choose_place, server=server, database=database, data=data), as_json=as_json)


def _change(
    execution: str,
    what: str,
    act: "Callable[[Engine, UUID], Awaitable[dict[str, Any] | None]]",
    place: "Callable[[], Place]",
    *,
    as_json: bool,
) -> None:
    """Find the execution, change it, say what was done and how it stands now."""

    async def body(output: Output) -> ExitCode:
        from interlock.cli.signs import status_markup

        async with place().open() as engine:
            found = await engine.find(execution)
            more = await act(engine, found) or {}
            summary = await engine.read_summary(found)
        if output.as_json:
            output.document({"execution_id": found, "change": what, "status": summary.status, **more})
        else:
            how = f"as [bold]{more['new_execution_id']}[/]" if more else f"; it is {status_markup(summary.status)}"
            output.show(f"[green]✓[/] {found} {what}{'' if how.startswith(';') else ' '}{how}")
        return ExitCode.COMPLETED

    run_command(body, as_json=as_json)
