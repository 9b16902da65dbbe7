"""Names that a test gives to servers, and takes away again, for a program that runs in a mount namespace of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.days.namespaces import bound, with_mounts


class Names:
    """The names that a program sees which is started with `prefix`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._file.write_text("127.0.0.1 localhost\n")

    def lead(self, name: str, address: str) -> None:
        """From now on this name leads to this address."""
        self._file.write_text(f"127.0.0.1 localhost\n{address} {name}\n")

    @property
    def prefix(self) -> Sequence[str]:
        """The beginning of a command that runs the rest with these names."""
        return with_mounts(bound(self._file, Path("/etc/hosts")))


@asynccontextmanager
async def forwarding(address: str, port: int, target: int) -> AsyncIterator[int]:
    """Forwards a port of another loopback address to a server that listens on 127.0.0.1; port 0 takes a free one, which is returned."""

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_pass(reader, there), _pass(there_reader, writer))

    listening = await asyncio.start_server(forward, address, port, family=socket.AF_INET)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
