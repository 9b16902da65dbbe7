"""All commands under one name."""

import typer

from interlock.cli import (
    api,
    bench,
    credentials,
    deploy,
    doctor,
    executions,
    explain,
    export,
    migrate,
    run,
    tick,
    up,
    users,
    validate,
    worker,
    workspaces,
)
from interlock.cli.exit_codes import MEANINGS


def build_app() -> typer.Typer:
    codes = " ".join(f"[bold]{code.value}[/] {meaning}." for code, meaning in MEANINGS.items())
    app = typer.Typer(
        name="interlock",
        help="Durable workflows in which code, people and AI agents take turns, on nothing but PostgreSQL.",
        epilog=f"Exit codes: {codes}",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_common)
    app.command("up")(up.up)
    app.command("api")(api.api)
    app.command("worker")(worker.worker)
    app.command("tick")(tick.tick)
    app.command("migrate")(migrate.migrate)
    app.command("validate")(validate.validate)
    app.command("deploy")(deploy.deploy)
    app.command("export")(export.export)
    app.command("run")(run.run)
    app.add_typer(executions.build_group(), name="executions")
    app.add_typer(credentials.build_group(), name="credentials")
    app.add_typer(users.build_group(), name="users")
    app.add_typer(workspaces.build_group(), name="workspaces")
    app.command("explain")(explain.explain)
    app.command("doctor")(doctor.doctor)
    app.command("bench")(bench.bench)
    return app


def _common(version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True)) -> None:
    if version:
        from interlock import __version__

        typer.echo(__version__)
        raise typer.Exit
