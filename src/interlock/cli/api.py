"""`interlock api`: a process that serves REST, the pages and gRPC."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from interlock.cli.connection import DatabaseChoice, shown_address
from interlock.cli.exit_codes import ExitCode
from interlock.cli.logs import LogOption
from interlock.cli.options import DatabaseOption, DataOption, GrpcPortOption, HostOption, JsonOption, PortOption, PublicUrlOption
from interlock.cli.output import Output
from interlock.cli.runner import run_service

if TYPE_CHECKING:
    from interlock.embedded import DatabaseSource

LOGGER: Final = logging.getLogger("interlock.api")


def api(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8080,
    grpc_port: GrpcPortOption = None,
    public_url: PublicUrlOption = None,
    log: LogOption = None,
    database: DatabaseOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve REST, the pages and gRPC until stopped. Any number of these processes can run side by side.

    It waits for a database with the schema of this version (`interlock migrate` makes it). Workers do the work of nodes; this process does none.
    """

    async def body(output: Output) -> ExitCode:
        import os
        from dataclasses import replace

        from interlock.api.process import serve_api
        from interlock.api.settings import settings_from_environment
        from interlock.cli.listening import free_port, shown_url, warn_if_open
        from interlock.cli.supervised import end_with_supervisor

        is_supervised = end_with_supervisor()
        chosen = free_port(host, port, option="--port")
        chosen_grpc = None if grpc_port is None else free_port(host, grpc_port, option="--grpc-port")
        if not is_supervised:
            warn_if_open(host, output)
        settings = settings_from_environment({**os.environ, "INTERLOCK_PUBLIC_URL": public_url or ""})
        settings = replace(settings, host=host, port=chosen, grpc_port=chosen_grpc)
        async with _opened(DatabaseChoice(url=database, data=data).source()) as source:
            if output.as_json:
                address = shown_url(host, chosen)
                output.document({"address": address, "grpc_port": chosen_grpc, "database": shown_address(source.url)})
            await serve_api(settings, source.url)
        return ExitCode.COMPLETED

    run_service(body, log=log, as_json=as_json, process="api")


@asynccontextmanager
async def _opened(source: "DatabaseSource") -> AsyncIterator["DatabaseSource"]:
    """The opened database. A named one may not answer yet: the process serves meanwhile, and `/readyz` says that it is not ready."""
    import psycopg

    try:
        await source.open()
    except psycopg.OperationalError as error:
        if source.is_embedded:
            raise
        LOGGER.warning("the database does not answer yet: %s", " ".join(str(error).split()))
    try:
        yield source
    finally:
        await source.close()
