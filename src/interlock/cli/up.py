"""`interlock up`: starts everything that one machine needs."""

from typing import Annotated

import typer

from interlock.cli.connection import DatabaseChoice
from interlock.cli.exit_codes import ExitCode
from interlock.cli.logs import LogOption
from interlock.cli.options import DatabaseOption, DataOption, GrpcPortOption, HostOption, JsonOption, PortOption, PublicUrlOption, QueueOption
from interlock.cli.output import Output
from interlock.cli.runner import run_service


def up(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8080,
    grpc_port: GrpcPortOption = None,
    public_url: PublicUrlOption = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Number of worker processes.")] = 1,
    queue: QueueOption = None,
    lease: Annotated[
        int, typer.Option(min=2, max=86_400, help="Seconds without a heartbeat after which a worker's assignments are given to others.")
    ] = 30,
    log: LogOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start everything: a database (unless one is given) with its schema, the pages, REST, workers, and gRPC if --grpc-port is given.

    It prints the address to open. On a database without users, it also prints the one-time password of `admin@localhost`. A process that ends is
    started again. Ctrl-C or SIGTERM stops everything after running assignments have ended; a second one hands them back at once.
    """

    async def body(output: Output) -> ExitCode:
        import os

        from interlock.api.settings import settings_from_environment
        from interlock.cli.installation import Installation, serve_installation
        from interlock.cli.listening import free_port
        from interlock.cli.logs import chosen_style
        from interlock.cli.serving import queues_of
        from interlock.credentials import master_keys

        # an error in them is reported here, and not by each API process
        settings_from_environment({**os.environ, "INTERLOCK_PUBLIC_URL": public_url or ""})
        master_keys(os.environ)
        installation = Installation(
            database=DatabaseChoice(url=database, data=data),
            host=host,
            port=free_port(host, port, option="--port"),
            grpc_port=None if grpc_port is None else free_port(host, grpc_port, option="--grpc-port"),
            public_url=public_url,
            workers=workers,
            queues=queues_of(queue or [], lease_seconds=lease),
            lease_seconds=lease,
            log=chosen_style(log, as_json=as_json),
        )
        await serve_installation(installation, output)
        return ExitCode.COMPLETED

    run_service(body, log=log, as_json=as_json, process="up", works=False)
