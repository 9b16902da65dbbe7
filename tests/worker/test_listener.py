"""Waking on NOTIFY (D53: the listener reconnects, listens again, proves itself with a token, and polling stands behind it)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from interlock.backoff import Backoff
from interlock.clock import Clock
from interlock.controlplane.listener import Listener, ListenerState
from tests.worker.pgbouncer import running_pgbouncer, until_listening
from tests.worker.proxy import Proxy

CHANNEL = "changes"


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is of any kind
            await asyncio.sleep(0.005)


class Ears:
    def __init__(self, url: str) -> None:
        self.heard: list[str] = []
        self.connections = 0
        self._url = url
        self.listener = Listener(
            CHANNEL,
            connect=self._connect,
            send_probe=self._send_probe,
            hear=self.heard.append,
            hears_again=lambda: self.heard.append("hears again"),
            probe_seconds=0.3,
            answer_seconds=0.3,
            backoff=Backoff(0.01, 0.1, random_source=lambda: 1.0),
            clock=Clock(),
            logger=logging.getLogger("test"),
        )

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        self.connections += 1
        return await psycopg.AsyncConnection.connect(self._url, autocommit=True, prepare_threshold=None)

    async def _send_probe(self, channel: str, token: str) -> None:
        await notify(self._url, channel, token)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Ears"]:
        task = asyncio.create_task(self.listener.run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait([task])


async def notify(url: str, channel: str, payload: str) -> None:
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, prepare_threshold=None)
    await connection.execute("select pg_notify(%s, %s)", [channel, payload])
    await connection.close()


async def test_a_notification_wakes_the_worker(empty_database_url: str) -> None:
    async with Ears(empty_database_url).listening() as ears:
        await until(lambda: ears.listener.state is ListenerState.LISTENING)
        ears.heard.clear()
        await notify(empty_database_url, CHANNEL, "default")
        await until(lambda: ears.heard == ["default"])
        assert ears.connections == 1


async def test_d53_listens_again_after_a_lost_connection(bare_proxy: Proxy) -> None:
    async with Ears(bare_proxy.url).listening() as ears:
        await until(lambda: ears.listener.state is ListenerState.LISTENING)
        bare_proxy.cut()
        await until(lambda: ears.listener.state is ListenerState.CONNECTING)
        ears.heard.clear()
        bare_proxy.restore()
        await until(lambda: ears.listener.state is ListenerState.LISTENING)
        assert ears.heard  # woken at once, for what was missed
        ears.heard.clear()
        await notify(bare_proxy.url, CHANNEL, "again")
        await until(lambda: ears.heard == ["again"])


async def test_d53_a_probe_finds_a_silent_connection(bare_proxy: Proxy) -> None:
    async with Ears(bare_proxy.url).listening() as ears:
        await until(lambda: ears.listener.state is ListenerState.LISTENING)
        connections = ears.connections
        # What was LISTENed for is gone on the server, and nobody told the client.
        async with await psycopg.AsyncConnection.connect(bare_proxy.url, autocommit=True) as observer:
            await observer.execute("select pg_terminate_backend(pid) from pg_stat_activity where query like '%listen%' and pid <> pg_backend_pid()")
        await until(lambda: ears.connections > connections and ears.listener.state is ListenerState.LISTENING)
        ears.heard.clear()
        await notify(bare_proxy.url, CHANNEL, "found")
        await until(lambda: ears.heard == ["found"])


async def test_d53_a_frozen_network_is_noticed_without_an_error(bare_proxy: Proxy, empty_database_url: str) -> None:
    ears = Ears(bare_proxy.url)
    ears._send_probe = lambda channel, token: notify(empty_database_url, channel, token)  # type: ignore[method-assign]  # probes still get out
    ears.listener._send_probe = ears._send_probe
    async with ears.listening():
        await until(lambda: ears.listener.state is ListenerState.LISTENING)
        bare_proxy.freeze()
        await until(lambda: ears.listener.state is ListenerState.CONNECTING)
        bare_proxy.restore()
        await until(lambda: ears.listener.state is ListenerState.LISTENING)


async def test_d54_behind_a_pooler_the_listener_gives_up(empty_database_url: str) -> None:
    with running_pgbouncer(empty_database_url) as url:
        await until_listening(int(str(conninfo_to_dict(url)["port"])))
        async with Ears(url).listening() as ears:
            await until(lambda: ears.listener.state is ListenerState.GIVEN_UP)
