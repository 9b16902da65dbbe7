"""A network between client and server that a test can break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class BreakingProxy:
    """Forwards bytes to a server; `cut` ends every connection at once, whatever it does."""

    def __init__(self, url: str) -> None:
        self.target = url
        self.connections = 0
        self.drop_answers = 0
        """This many connections end when their first answer comes, after the request has reached the server."""
        self._open: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        target = urlsplit(self.target)
        try:
            there_reader, there = await asyncio.open_connection(target.hostname, target.port)
        except OSError:
            writer.transport.abort()
            return
        self._open.add(there)
        try:
            await asyncio.gather(self._pass(reader, there, answers=False), self._pass(there_reader, writer, answers=True))
        finally:
            for one in (writer, there):
                self._open.discard(one)
                one.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if answers and self.drop_answers:
                    self.drop_answers -= 1
                    self.cut()
                    return
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def breaking_proxy(url: str) -> AsyncIterator[BreakingProxy]:
    proxy = BreakingProxy(url)
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    proxy._port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
