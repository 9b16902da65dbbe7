"""`interlock bench`: measures how fast Interlock is here."""

from typing import Annotated

import typer

from interlock.cli.connection import DatabaseChoice
from interlock.cli.exit_codes import ExitCode
from interlock.cli.options import DatabaseOption, DataOption, JsonOption
from interlock.cli.output import Output
from interlock.cli.runner import run_command


def bench(
    name: Annotated[
        str | None, typer.Argument(show_default=False, help="One benchmark of a checkout, for example throughput. Without it: all of them.")
    ] = None,
    executions: Annotated[int, typer.Option(min=1, max=100_000, help="Outside a checkout: number of executions to run.")] = 500,
    nodes: Annotated[int, typer.Option(min=1, max=1000, help="Outside a checkout: number of nodes of each execution.")] = 10,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the benchmarks of a checkout; elsewhere, a short measurement of throughput.

    The short measurement uses a temporary server, unless --database or --data names a database.
    """

    async def body(output: Output) -> ExitCode:
        from interlock.cli.benchmark import checkout, measure_throughput, run_checkout_benchmarks

        root = checkout()
        if root is not None and database is None and data is None:
            return await run_checkout_benchmarks(root, name, output)
        return await measure_throughput(DatabaseChoice(url=database, data=data), output, executions=executions, nodes=nodes)

    run_command(body, as_json=as_json)
