"""The world outside: a database and an HTTP service that live on, and remember what was done to them."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict

from interlock.embedded import Server
from tests.nodes.http_server import LocalServer, Received, local_server, response

_USER: Final = "outside"
_PASSWORD: Final = "pa55word"
_TABLES: Final[LiteralString] = """
    create role outside login password 'pa55word';
    create table once (key text primary key, nonce uuid not null default gen_random_uuid(), times integer not null default 1);
    create table log (key text not null, nonce uuid not null default gen_random_uuid());
    grant select, insert, update on once, log to outside;
"""


@dataclass(slots=True)
class World:
    """Attributes:
    paid: how often each visit has paid, by its idempotency key.
    asked: the same of the question that is refused once.
    accepted: the numbers whose bills are no longer refused.
    """

    database_url: str
    service_url: str
    _admin_url: str
    paid: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    accepted: set[int] = field(default_factory=set)

    async def rows(self, query: LiteralString) -> list[tuple[Any, ...]]:
        async with await psycopg.AsyncConnection.connect(self._admin_url) as connection:
            found: list[tuple[Any, ...]] = await (await connection.execute(query)).fetchall()
            return found


@asynccontextmanager
async def world_outside(server: Server) -> AsyncIterator[World]:
    """A database on `server`, and a service on a free port."""
    async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as connection:
        await connection.execute(_TABLES)
    parts = conninfo_to_dict(server.tcp_url)
    async with local_server() as service:
        world = World(f"postgresql://{_USER}:{_PASSWORD}@127.0.0.1:{parts['port']}/{parts['dbname']}", service.url("").rstrip("/"), server.url)
        _serve(service, world)
        yield world


def _serve(service: LocalServer, world: World) -> None:
    async def pay(request: Received, writer: asyncio.StreamWriter) -> None:
        """The receipt names the visit, so a repeat gets the same one."""
        key = request.headers["idempotency-key"]
        world.paid[key] += 1
        writer.write(_answer(200, {"receipt": key}))

    async def ask(request: Received, writer: asyncio.StreamWriter) -> None:
        key = request.headers["idempotency-key"]
        world.asked[key] += 1
        writer.write(_answer(503 if world.asked[key] == 1 else 200, {}))

    async def bill(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(_answer(200 if json.loads(request.body)["n"] in world.accepted else 422, {}))

    async def remembering_little(request: Received, writer: asyncio.StreamWriter) -> None:
        service.received.clear()
        await {"/pay": pay, "/ask": ask, "/bill": bill}[request.target](request, writer)

    for path in ("/pay", "/ask", "/bill"):
        service.answers[path] = remembering_little


def _answer(status: int, body: Any) -> bytes:
    return response(status, json.dumps(body).encode(), {"content-type": "application/json"})
