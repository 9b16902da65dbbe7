"""Two exchanges in flight: whatever the order in which requests, replies, results and losses come, the rules hold."""

from typing import Final

import pytest

from tests.worker.lanes import Case, play_all

SMALL: Final = {
    "two executions, one in each lane": Case(executions=[2, 3]),
    "two executions in the second lane": Case(executions=[3, 5]),
    "more executions than slots": Case(executions=[2, 3, 5, 6, 7], visits=1),
    "executions that start meanwhile": Case(executions=[2], later=[3], visits=2),
    "a request or a reply is lost": Case(executions=[2, 3], visits=1, losses=1),
    "it drains": Case(executions=[2, 3], visits=2, drains=True),
    "it is given up": Case(executions=[2, 3], visits=1, gives_up=True),
    "one lane": Case(executions=[2, 3], lanes=1, losses=1, drains=True),
}
LARGE: Final = {
    "six visits and a loss": Case(executions=[2, 3, 5], visits=2, losses=1),
    "it drains after losses": Case(executions=[2, 3], visits=2, losses=2, drains=True),
    "it is given up after a loss": Case(executions=[2, 3], later=[5], visits=2, losses=1, gives_up=True),
    "one slot": Case(executions=[2, 3, 5, 6], later=[7], visits=2, limit=1),
    "few slots": Case(executions=[2, 3, 5, 6, 7], later=[4], visits=2, limit=2),
}


@pytest.mark.parametrize("name", SMALL)
async def test_every_interleaving_keeps_capacity_and_reports_each_result_once(name: str) -> None:
    states = await play_all(SMALL[name], most=600)
    assert states > 10


@pytest.mark.full
@pytest.mark.parametrize("name", LARGE)
async def test_longer_interleavings_keep_the_rules_too(name: str) -> None:
    await play_all(LARGE[name], most=10_000)
