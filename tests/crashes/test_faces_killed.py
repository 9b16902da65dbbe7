"""A story over all faces while the API process, the worker and PostgreSQL are killed, at random moments and more than once.

People create a workflow, run it, watch by the Python client, by plain server-sent events and by gRPC, see some fail, save a better version and
retry. Clients repeat what they may repeat, and watchers resume. At the end nothing is lost, nothing happened twice, and no stream has a gap.
"""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from uuid import UUID

import grpc
import grpc.aio
import httpx

from interlock.api.grpc.methods import METHODS
from interlock.api.models.executions import Execution, ExecutionEvent
from interlock.client import Client
from interlock.embedded import Server
from interlock.errors import InterlockError
from tests.api.grpc.client import message_of
from tests.api.rest.workflows import JsonObject, watching
from tests.api.serving import admin_key
from tests.cli.test_supervision import children_of, up
from tests.embedded.processes import postmaster_of

AT_ONCE: Final = 4
FAILING: Final = 3
"""Each third fails at the first version."""
WHILE_RUNNING: Final = ("api", "postgres", "worker", "api")
WHILE_RETRYING: Final = ("worker", "postgres")
PATIENCE_SECONDS: Final = 240.0
T = TypeVar("T")


def definition(average: str) -> JsonObject:
    """A chain with two pauses in which it can be killed, and a step that fails where there is nothing to divide by. Some pause for so long that
    watchers come before they end, on a slow machine too.
    """
    nodes: list[JsonObject] = [
        {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        {"id": "read", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"n": "{{ n }}", "count": "{{ n % 3 }}"}}},
        {"id": "pause", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": "{{ 0.4 if count else 3 }}"}},
        {"id": "average", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"n": "{{ n }}", "average": average}}},
        {"id": "rest", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": 0.4}},
        {"id": "finish", "type": "FLOW_NODE", "subtype": "END"},
    ]
    steps = [node["id"] for node in nodes]
    return {
        "name": "Averages",
        "nodes": nodes,
        "connections": [{"from": origin, "to": target} for origin, target in pairwise(steps)],
    }


BAD: Final = definition("{{ n / count }}")
GOOD: Final = definition("{{ n / (count + 1) }}")


@dataclass
class Watched:
    """The events that one watcher of one execution received, over all its connections."""

    by: str
    execution_id: UUID
    events: list[ExecutionEvent] = field(default_factory=list)
    connections: int = 0

    @property
    def last(self) -> int:
        return self.events[-1].change_number if self.events else 0

    @property
    def has_ended(self) -> bool:
        return bool(self.events) and self.events[-1].kind == "end"

    @property
    def is_open(self) -> bool:
        return bool(self.events) and not self.has_ended


class Crew:
    """`interlock up`, and which of its processes were killed."""

    def __init__(self, pid: int, data: Path) -> None:
        self._pid = pid
        self._data = data
        self.killed: list[str] = []

    async def kill(self, name: str) -> None:
        """Once it runs."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (pid := self._find(name)) is None:  # noqa: ASYNC110 - a process tells nobody that it runs
                await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        self.killed.append(name)

    def _find(self, name: str) -> int | None:
        if name != "postgres":
            return children_of(self._pid).get(name)
        try:
            return postmaster_of(self._data)
        except AssertionError:
            return None


async def test_the_story_goes_on_whatever_is_killed(data_folder: Path) -> None:
    with up("--data", str(data_folder), "--grpc-port", "0", "--lease", "4") as (running, told):
        async with Server(data_folder) as server:
            key = await admin_key(server.url)
        crew = Crew(running.pid, data_folder)
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(asyncio.timeout(PATIENCE_SECONDS))
            client = await opened.enter_async_context(Client(told["address"], api_key=key, patience_seconds=PATIENCE_SECONDS))
            watchers = Watchers(told["address"], f"127.0.0.1:{told['grpc_port']}", key, client)
            await opened.enter_async_context(watchers)
            await _story(client, watchers, crew)
        assert crew.killed == [*WHILE_RUNNING, *WHILE_RETRYING]
        running.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(running.wait, 60) == 0


async def _story(client: Client, watchers: "Watchers", crew: Crew) -> None:
    chance = random.Random(2026)
    await client.create_workflow(definition=BAD)
    started: list[UUID] = []
    for number, victim in enumerate(WHILE_RUNNING):
        starting = [asyncio.create_task(_run(client, watchers, n)) for n in range(number * AT_ONCE, (number + 1) * AT_ONCE)]
        await _kill_while_watched(crew, victim, watchers, chance)
        started += await asyncio.gather(*starting)
    first = await asyncio.gather(*(client.wait_for(execution) for execution in started))
    failed = [execution for execution in first if execution.status == "failed"]
    assert [execution.input["n"] for execution in failed] == list(range(0, len(started), FAILING))
    saved = await _insistently(lambda: client.update_workflow("Averages", definition=GOOD))
    assert saved.version == 2
    again: list[UUID] = []
    for number, victim in enumerate(WHILE_RETRYING):
        retrying = [asyncio.create_task(_retry(client, watchers, execution.id)) for execution in failed[number :: len(WHILE_RETRYING)]]
        await _kill_while_watched(crew, victim, watchers, chance)
        again += await asyncio.gather(*retrying)
    second = await asyncio.gather(*(client.wait_for(execution) for execution in again))
    await watchers.finish()
    assert {execution.status for execution in second} == {"completed"}
    await _check_nothing_lost_or_doubled(client, first, second)
    for watched in watchers.all:
        await _check_whole(client, watched)
    for by in ("plain events", "gRPC"):
        assert max(watched.connections for watched in watchers.all if watched.by == by) > 1, f"nobody had to resume {by}"


async def _kill_while_watched(crew: Crew, victim: str, watchers: "Watchers", chance: random.Random) -> None:
    while not all(any(watched.is_open for watched in watchers.all if watched.by == by) for by in ("plain events", "gRPC")):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.sleep(chance.uniform(0, 0.5))
    await crew.kill(victim)


async def _run(client: Client, watchers: "Watchers", n: int) -> UUID:
    asked = {"input": {"n": n}, "idempotency_key": f"record {n}"}
    started = await client.run_workflow("Averages", version=1, **asked)  # type: ignore[arg-type]  # of a dictionary
    watchers.begin(started.execution_id)
    assert (await client.run_workflow("Averages", version=1, **asked)).execution_id == started.execution_id  # type: ignore[arg-type]
    return started.execution_id


async def _retry(client: Client, watchers: "Watchers", execution: UUID) -> UUID:
    retried = await client.retry_execution(execution, newest=True, idempotency_key=f"again {execution}")
    watchers.begin(retried.execution_id)
    return retried.execution_id


async def _insistently(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat what the client does not repeat by itself. Saving the same content again saves nothing."""
    while True:
        try:
            return await call()
        except InterlockError as error:
            if not error.retryable:
                raise
            await asyncio.sleep(0.2)


async def _check_nothing_lost_or_doubled(client: Client, first: Sequence[Execution], second: Sequence[Execution]) -> None:
    listed = [execution.id async for execution in client.all_executions()]
    assert len(listed) == len(set(listed))
    assert set(listed) == {execution.id for execution in (*first, *second)}, "an execution was lost, or started twice"
    assert {execution.retried_from for execution in second} == {execution.id for execution in first if execution.status == "failed"}
    for execution in (*first, *second):
        assert execution.run_data is not None
        steps = [(step.node_id, step.visit) for step in execution.run_data.execution_path]
        assert len(steps) == len(set(steps)), f"a visit came twice: {steps}"
        if execution.status == "completed":
            n = execution.input["n"]
            assert execution.output == {"n": n, "average": n / (n % 3 + (execution.retried_from is not None))}
            assert {node for node, _ in steps} == {node["id"] for node in GOOD["nodes"]}


async def _check_whole(client: Client, watched: Watched) -> None:
    """Numbers rise strictly, the end comes once and last, and the last event of each visit is its state."""
    about = f"{watched.by} of {watched.execution_id}"
    numbers = [event.change_number for event in watched.events[:-1]]
    assert numbers == sorted(set(numbers)), f"{about}: out of order, or twice"
    assert [event.kind == "end" for event in watched.events] == [False] * len(numbers) + [True], about
    told = {event.assignment.id: event.assignment for event in watched.events if event.assignment is not None}
    now = {assignment.id: assignment for assignment in (await client.list_execution_assignments(watched.execution_id)).items}
    assert told == now, about
    final = await client.get_execution(watched.execution_id, run_data=False)
    executions = [event.execution for event in watched.events if event.execution is not None]
    assert (executions[-1].status, executions[-1].change_number) == (final.status, final.change_number), about


class Watchers:
    """All watchers, each in a task of its own, over as many connections as it takes."""

    def __init__(self, url: str, grpc_address: str, key: str, client: Client) -> None:
        self._client = client
        self._http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self._channel = grpc.aio.insecure_channel(grpc_address, [("grpc.max_reconnect_backoff_ms", 500)])
        self._proof = (("authorization", f"Bearer {key}"),)
        self._tasks: list[asyncio.Task[None]] = []
        self.all: list[Watched] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()
        await self._channel.close()

    def begin(self, execution: UUID) -> None:
        """Watch it in each of the ways that there are."""
        for by, connect in (("the client", self._by_client), ("plain events", self._plain), ("gRPC", self._grpc)):
            watched = Watched(by, execution)
            self.all.append(watched)
            self._tasks.append(asyncio.create_task(self._follow(watched, connect)))

    async def finish(self) -> None:
        await asyncio.gather(*self._tasks)

    async def _follow(self, watched: Watched, connect: Callable[[Watched], AsyncIterator[ExecutionEvent]]) -> None:
        while not watched.has_ended:
            watched.connections += 1
            with suppress(httpx.TransportError, grpc.aio.AioRpcError, AssertionError):  # an answer that is no stream, too
                async for event in connect(watched):
                    watched.events.append(event)
            await asyncio.sleep(0.1)

    def _by_client(self, watched: Watched) -> AsyncIterator[ExecutionEvent]:
        return self._client.watch_execution(watched.execution_id, since=watched.last)

    async def _plain(self, watched: Watched) -> AsyncIterator[ExecutionEvent]:
        async with watching(self._http, str(watched.execution_id), watched.last) as events:
            async for event in events:
                yield ExecutionEvent.model_validate(event.data)

    async def _grpc(self, watched: Watched) -> AsyncIterator[ExecutionEvent]:
        method = METHODS["watch_execution"]
        request = message_of("watch_execution", {"execution_id": watched.execution_id, "since": watched.last}).SerializeToString()
        call: Any = self._channel.unary_stream(method.path, response_deserializer=method.answer.message.FromString if method.answer else None)
        async for event in call(request, metadata=self._proof, timeout=PATIENCE_SECONDS):
            yield ExecutionEvent.model_validate(method.read_answer(event).model_dump())
