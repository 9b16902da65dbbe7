"""The load: what users start, wait for, cancel, suspend and retry, all the time, whatever breaks meanwhile."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, TypeVar
from uuid import UUID

from interlock.client import Client
from interlock.errors import ExecutionEnded, InterlockError
from tests.soak.outside import World

T = TypeVar("T")
JsonObject = dict[str, Any]

PATIENCE_SECONDS: Final = 600.0
"""How long a user waits for anything; longer than every trouble."""


def _action(node_id: str, subtype: str, **parameters: Any) -> JsonObject:
    return {"id": node_id, "type": "ACTION_NODE", "subtype": subtype, "parameters": parameters}


def _flow(node_id: str, subtype: str, **parameters: Any) -> JsonObject:
    return {"id": node_id, "type": "FLOW_NODE", "subtype": subtype, "parameters": parameters}


def _request(node_id: str, url: str) -> JsonObject:
    """A request whose visit is tried again when the service outside refuses it."""
    node = _action(node_id, "HTTP_REQUEST", method="POST", url=url, json={"n": "{{ n }}"}, allow_private_addresses=True)
    return {**node, "retry": {"max_attempts": 5, "initial_seconds": 0.1}}


def _query(node_id: str, query: str) -> JsonObject:
    """A busy machine may take longer to connect than a worker waits."""
    return {**_action(node_id, "SQL_QUERY", database="world", query=query, parameters={}), "retry": {"max_attempts": 5, "initial_seconds": 0.1}}


def _edges(*texts: str) -> list[JsonObject]:
    pairs = [text.split(" -> ") for text in texts]
    return [{"from": source.partition(".")[0], "port": source.partition(".")[2] or "main", "to": target} for source, target in pairs]


def definitions(service: str) -> list[JsonObject]:
    """The workflows of the load; `service` is the address of the HTTP service outside."""
    begin, finish = {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, _flow("finish", "END")
    order: JsonObject = {
        "name": "Order",
        "nodes": [
            begin,
            _query("greet", "insert into log (key) values (:idempotency_key) returning nonce"),
            _action("weigh", "TRANSFORM", values={"n": "{{ nodes['begin'].output.n }}", "twice": "{{ nodes['begin'].output.n * 2 }}"}),
            _action("measure", "TRANSFORM", values={"n": "{{ n }}", "round": 0}),
            _action("round", "TRANSFORM", values={"n": "{{ n }}", "round": "{{ round + 1 }}"}),
            _flow("again", "IF", condition="round < 2"),
            _flow("breathe", "WAIT", seconds=0.2),
            _query("once", "insert into once (key) values (:idempotency_key) on conflict (key) do update set times = once.times + 1 returning nonce"),
            _request("pay", f"{service}/pay"),
            _request("ask", f"{service}/ask"),
            _flow("pause", "WAIT", seconds="{{ nodes['begin'].output.pause }}"),
            _flow("together", "JOIN"),
            _flow("route", "ROUTER", custom_config={"rules": [{"condition": "nodes['begin'].output.n % 2 == 0", "port": "even"}], "default": "odd"}),
            _action("even", "TRANSFORM", values={"kind": "even"}),
            _action("odd", "TRANSFORM", values={"kind": "odd"}),
            _action(
                "sum_up",
                "TRANSFORM",
                values={
                    "n": "{{ nodes['begin'].output.n }}",
                    "kind": "{{ kind }}",
                    "rounds": "{{ nodes['round'].output.round }}",
                    "once": "{{ nodes['once'].output.rows[0].nonce }}",
                    "paid": "{{ nodes['pay'].output.body.receipt }}",
                },
            ),
            finish,
        ],
        "connections": _edges(
            "begin -> greet",
            "greet -> weigh",
            "weigh -> measure",
            "measure -> round",
            "round -> again",
            "again.true -> breathe",
            "breathe -> round",
            "again.false -> once",
            "again.false -> pay",
            "again.false -> ask",
            "again.false -> pause",
            "once -> together",
            "pay -> together",
            "ask -> together",
            "pause -> together",
            "together -> route",
            "route.even -> even",
            "route.odd -> odd",
            "even -> sum_up",
            "odd -> sum_up",
            "sum_up -> finish",
        ),
    }
    bill: JsonObject = {
        "name": "Bill",
        "nodes": [begin, _request("bill", f"{service}/bill"), finish],
        "connections": _edges("begin -> bill", "bill -> finish"),
    }
    rest: JsonObject = {
        "name": "Rest",
        "nodes": [begin, _flow("rest", "WAIT", seconds="{{ seconds }}"), finish],
        "connections": _edges("begin -> rest", "rest -> finish"),
    }
    return [order, bill, rest]


@dataclass(slots=True)
class Ledger:
    """What users did and were answered.

    Attributes:
        expected: how each execution that was started has to end.
        problems: what should not have happened, in words.
    """

    expected: dict[UUID, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """How long each order took that somebody waited for, in seconds."""

    def note(self, problem: str) -> None:
        self.problems.append(problem)


class Users:
    """Users who each do one thing after the other, over one API process or the other.

    Args:
        clients: one for each API process.
        rest_seconds: how long a user rests between two things.
    """

    def __init__(self, clients: Sequence[Client], world: World, ledger: Ledger, *, count: int, rest_seconds: float, seed: int) -> None:
        self._clients = clients
        self._world = world
        self._ledger = ledger
        self._count = count
        self._rest_seconds = rest_seconds
        self._chance = random.Random(seed)
        self._number = 0
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        self._tasks = [asyncio.create_task(self._live()) for _ in range(self._count)]

    async def finish(self) -> None:
        """Nothing more is begun; everybody gets what he waits for."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    async def _live(self) -> None:
        kinds: list[tuple[Callable[[Client, int], Awaitable[None]], int]] = [
            (self._order, 55),
            (self._order_unwatched, 15),
            (self._bill, 12),
            (self._cancel, 10),
            (self._suspend, 8),
        ]
        while not self._stopping.is_set():
            [kind] = self._chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])
            self._number += 1
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await kind(self._chance.choice(self._clients), self._number)
            except (InterlockError, TimeoutError, AssertionError) as error:
                self._ledger.note(f"{kind.__name__.strip('_')}: {type(error).__name__}: {error}")
            await asyncio.sleep(self._chance.uniform(0, 2 * self._rest_seconds))

    async def _start(self, client: Client, workflow: str, end: str, given: JsonObject) -> UUID:
        """Every third start is sent twice, as by a client that lost the answer: one execution comes of it."""
        key = f"{workflow} {given['n']}"
        started = await client.run_workflow(workflow, input=given, idempotency_key=key)
        self._ledger.expected[started.execution_id] = end
        self._ledger.counts["starts"] += 1
        if given["n"] % 3 == 0:
            again = await client.run_workflow(workflow, input=given, idempotency_key=key)
            assert again.execution_id == started.execution_id, f"{key} was started twice"
            self._ledger.counts["starts repeated"] += 1
        return started.execution_id

    async def _end(self, client: Client, execution: UUID, status: str) -> JsonObject:
        ended = await client.wait_for(execution)
        assert ended.status == status, f"{execution} is {ended.status}, not {status}: {ended.error}"
        return ended.output or {}

    async def _order(self, client: Client, n: int) -> None:
        began = monotonic()
        execution = await self._start(client, "Order", "completed", {"n": n, "pause": round(self._chance.uniform(0.05, 1.5), 2)})
        output = await self._end(client, execution, "completed")
        assert output["n"] == n, f"the order {n} has the output of {output['n']}"
        self._ledger.waits.append(monotonic() - began)

    async def _order_unwatched(self, client: Client, n: int) -> None:
        await self._start(client, "Order", "completed", {"n": n, "pause": round(self._chance.uniform(0.05, 4), 2)})

    async def _bill(self, client: Client, n: int) -> None:
        """The service refuses the bill until it is put right; then the execution is retried."""
        execution = await self._start(client, "Bill", "failed", {"n": n})
        await self._end(client, execution, "failed")
        self._world.accepted.add(n)
        retried = await client.retry_execution(execution, idempotency_key=f"again {n}")
        self._ledger.expected[retried.execution_id] = "completed"
        self._ledger.counts["executions retried"] += 1
        await self._end(client, retried.execution_id, "completed")

    async def _cancel(self, client: Client, n: int) -> None:
        execution = await self._start(client, "Rest", "cancelled", {"n": n, "seconds": 3600})
        await asyncio.sleep(self._chance.uniform(0, 1.5))
        await _insistently(lambda: client.cancel_execution(execution, reason="no longer wanted"))
        self._ledger.counts["executions cancelled"] += 1
        await self._end(client, execution, "cancelled")

    async def _suspend(self, client: Client, n: int) -> None:
        execution = await self._start(client, "Rest", "completed", {"n": n, "seconds": 3})
        try:
            await _insistently(lambda: client.suspend_execution(execution))
            await asyncio.sleep(self._chance.uniform(0, 0.5))
            await _insistently(lambda: client.continue_execution(execution))
            self._ledger.counts["executions suspended"] += 1
        except ExecutionEnded:
            self._ledger.counts["executions that ended before they were suspended"] += 1
        await self._end(client, execution, "completed")


async def _insistently(call: Callable[[], Awaitable[T]]) -> T:
    """Repeats what the client does not repeat by itself."""
    while True:
        try:
            return await call()
        except InterlockError as error:
            if not error.retryable:
                raise
            await asyncio.sleep(0.2)
