"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        show_default=False,
        help="PostgreSQL database to use, 15 or newer. Without it: DATABASE_URL, SUPABASE_DB_URL, else the server that comes with Interlock.",
        rich_help_panel="Common options",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        show_default=False,
        help="Data folder of the server that comes with Interlock. It is used even if DATABASE_URL is set.",
        rich_help_panel="Common options",
    ),
]
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        show_default=False,
        help="Interlock server to use instead of a database. Without it: INTERLOCK_URL. The API key comes from INTERLOCK_API_KEY.",
        rich_help_panel="Common options",
    ),
]
WorkspaceOption = Annotated[
    str | None,
    typer.Option(
        "--workspace",
        metavar="NAME",
        show_default=False,
        help="Workspace to work in, on a database. Without it: default. On a server, the API key says which.",
        rich_help_panel="Common options",
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Write one JSON document to stdout, and nothing else.", rich_help_panel="Common options"),
]
QueueOption = Annotated[
    list[str] | None,
    typer.Option(
        "--queue",
        "-q",
        metavar="NAME=LIMIT",
        show_default=False,
        help="A queue to serve, and the maximum number of its assignments to run at once. May be given several times. Without it: default.",
    ),
]
ExecutionArgument = Annotated[
    str,
    typer.Argument(
        metavar="EXECUTION", show_default=False, help="Id of an execution, the beginning of an id that no other execution has, or `last`."
    ),
]
HostOption = Annotated[
    str,
    typer.Option(metavar="ADDRESS", envvar="INTERLOCK_HOST", help="Address to listen at. Other machines can reach it only if it is not loopback."),
]
PortOption = Annotated[int, typer.Option(min=0, max=65_535, envvar="INTERLOCK_PORT", help="Port of REST and the pages; 0: any free port.")]
GrpcPortOption = Annotated[
    int | None,
    typer.Option(
        "--grpc-port", min=0, max=65_535, envvar="INTERLOCK_GRPC_PORT", show_default=False, help="Port of gRPC. Without it, gRPC is not served."
    ),
]
PublicUrlOption = Annotated[
    str | None,
    typer.Option(
        "--public-url",
        metavar="URL",
        envvar="INTERLOCK_PUBLIC_URL",
        show_default=False,
        help="The address that browsers use, if there is a proxy in front. With https://, cookies are sent over TLS only.",
    ),
]
