"""A network between worker and database that can be taken away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Proxy:
    """Forwards TCP to one database. `url` leads through it."""

    def __init__(self, url: str) -> None:
        self._target = conninfo_to_dict(url)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reachable = asyncio.Event()
        self._reachable.set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._passing = asyncio.Event()
        self._passing.set()
        self._lose_reply_to: bytes | None = None
        self.has_stopped_one = False
        self.connections_refused = 0
        self.replies_lost = 0
        self.url = ""

    def cut(self) -> None:
        """The database is away: open connections break, new ones are refused."""
        self._reachable.clear()
        self._break_all()

    def restore(self) -> None:
        self._reachable.set()

    def freeze(self) -> None:
        """What is connected stays open and nothing comes through any more, as when a firewall forgets it; new connections work."""
        self._flowing.clear()
        self._flowing = asyncio.Event()
        self._flowing.set()

    def stop_requests(self) -> None:
        """Takes no more than the beginning of the next request, until `pass_requests`."""
        self._passing.clear()
        self.has_stopped_one = False

    def pass_requests(self) -> None:
        self._passing.set()

    def lose_reply_to(self, words: bytes) -> None:
        """The next request with these words reaches the database; its reply does not come back, the connection breaks."""
        self._lose_reply_to = words

    def _break_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._reachable.is_set():
            self.connections_refused += 1
            writer.transport.abort()
            return
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", int(str(self._target["port"])))
        losing = asyncio.Event()
        self._writers |= {writer, server_writer}
        tasks = {
            asyncio.create_task(self._forward(reader, server_writer, losing, is_request=True)),
            asyncio.create_task(self._forward(server_reader, writer, losing, is_request=False)),
        }
        self._tasks |= tasks
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (writer, server_writer):
                one.transport.abort()
                self._writers.discard(one)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, losing: asyncio.Event, *, is_request: bool) -> None:
        flowing = self._flowing
        try:
            while data := await reader.read(1 << 20):
                await flowing.wait()
                if is_request and not self._passing.is_set():
                    self.has_stopped_one = True
                    await self._passing.wait()
                if is_request and self._lose_reply_to and self._lose_reply_to in data:
                    self._lose_reply_to = None
                    losing.set()
                elif not is_request and losing.is_set():
                    self.replies_lost += 1
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            return

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        listening = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        self.url = make_conninfo("", **{**self._target, "host": "127.0.0.1", "port": port, "sslmode": "disable", "gssencmode": "disable"})
        try:
            yield self
        finally:
            self.restore()
            listening.close()
            self._break_all()
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)
