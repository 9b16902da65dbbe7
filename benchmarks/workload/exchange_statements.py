"""How many statements the server runs for an exchange that reports one result, and for a whole execution."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.measuring.server import Server
from benchmarks.measuring.statements import Calls, StatementCounts, counted_since_reset, leave_out, reset_counts
from benchmarks.workload.definitions import chain, inputs
from benchmarks.workload.product import Product, installed

EXECUTIONS = 10
SHORT, LONG = 1, 11
SETTLE_SECONDS = 0.2  # after an execution the worker looks once more for work
NOBODY = Calls(sent=0, nested=0)
# Nothing of the worker's own is due meanwhile: no heartbeat, no tick.
CALM = {"tick_seconds": 600, "heartbeat_seconds": 200, "lease_seconds": 600}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeStatements:
    """Statements that the server ran, those inside functions included.

    Attributes:
        per_exchange: for one more node in a row: one exchange that reports one result and hands over its successor.
        sent_per_exchange: those of them that the worker sent.
        per_execution: for an execution of one node: start, claim, report and end, and a look for more work.
        most: the statements of `per_exchange`, by how often each ran.
    """

    per_exchange: float
    sent_per_exchange: float
    per_execution: float
    most: Sequence[tuple[str, float]]


async def count_exchange_statements(server: Server) -> ExchangeStatements:
    """Runs executions of 1 and of 11 nodes, one at a time. The difference is what 10 exchanges need, whatever else happens around."""
    async with installed(server, "statements", chain(SHORT), chain(LONG)) as product:
        await leave_out(product.connection)
        async with product.worker(slots=100, **CALM):
            short, long = await counted(product, SHORT), await counted(product, LONG)
    exchanges = EXECUTIONS * (LONG - SHORT)
    more = {text: difference(calls, short.get(text, NOBODY)) for text, calls in long.items()}
    most = sorted(((text, (calls.sent + calls.nested) / exchanges) for text, calls in more.items()), key=lambda each: -each[1])
    return ExchangeStatements(
        per_exchange=total(more) / exchanges,
        sent_per_exchange=sum(calls.sent for calls in more.values()) / exchanges,
        per_execution=total(short) / EXECUTIONS,
        most=[(text, calls) for text, calls in most if calls >= 0.05],
    )


async def counted(product: Product, nodes: int) -> StatementCounts:
    for execution in inputs(2):
        await run_one(product, nodes, execution)
    await reset_counts(product.connection)
    for execution in inputs(EXECUTIONS):
        await run_one(product, nodes, execution)
    return await counted_since_reset(product.connection)


async def run_one(product: Product, nodes: int, execution: Mapping[str, Any]) -> None:
    await product.start(f"chain of {nodes}", [execution])
    await product.all_ended()
    await asyncio.sleep(SETTLE_SECONDS)


def difference(calls: Calls, less: Calls) -> Calls:
    return Calls(sent=calls.sent - less.sent, nested=calls.nested - less.nested)


def total(counts: StatementCounts) -> int:
    return sum(calls.sent + calls.nested for calls in counts.values())
