"""Networks between client and server as companies have them: an outgoing proxy, and one before the server."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class OutwardProxy:
    """What `HTTPS_PROXY` and `HTTP_PROXY` name: CONNECT for TLS, whole addresses for the rest. `names`: where a name that nobody knows leads."""

    names: dict[str, int]
    refuses: bool = False
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b" ", 2)
        self.asked.append(f"{method.decode()} {target.decode()}")
        if self.refuses:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        host = urlsplit(f"//{target.decode()}" if method == b"CONNECT" else target.decode()).hostname or ""
        there_reader, there = await asyncio.open_connection("127.0.0.1", self.names[host])
        if method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = target.decode().partition(f"//{urlsplit(target.decode()).netloc}")[2]
            there.write(head.replace(target, path.encode(), 1))
        await _join(reader, writer, there_reader, there)


@dataclass(slots=True)
class InwardProxy:
    """What stands before a server: ends TLS, takes a path away from the front of each address, and says where a request came from."""

    target: str
    prefix: str
    asked: list[str] = field(default_factory=list)
    port: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, version = lines[0].split(" ")
        self.asked.append(f"{method} {path}")
        if not path.startswith(f"{self.prefix}/"):
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()
            return
        kept = [line for line in lines[1:-2] if not line.lower().startswith("connection:")]
        said = ["Connection: close", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https"]
        there_reader, there = await asyncio.open_connection(*_address(self.target))
        there.write("\r\n".join([f"{method} {path.removeprefix(self.prefix)} {version}", *kept, *said, "", ""]).encode("latin-1"))
        await _join(reader, writer, there_reader, there)


@asynccontextmanager
async def served(proxy: OutwardProxy | InwardProxy, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    listening = await asyncio.start_server(proxy.handle, "127.0.0.1", 0, ssl=tls)
    proxy.port = listening.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        listening.close()


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there_reader: asyncio.StreamReader, there: asyncio.StreamWriter) -> None:
    """Copies bytes until either side closes."""
    passing = [asyncio.create_task(_pass(reader, there)), asyncio.create_task(_pass(there_reader, writer))]
    await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
    for task in passing:
        task.cancel()
    for one in (writer, there):
        one.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
