"""Two exchanges in flight: whatever the order in which requests, replies, results and losses come, the rules hold."""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from interlock.worker import exchange
from interlock.worker.exchange import GATHER_SECONDS
from tests.worker.lanes import Case, Event, Play, play_all

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
MOST_OF_SMALL: Final = 3_000
"""Far more states than any of these has."""
LARGE: Final = {
    "six visits and a loss": Case(executions=[2, 3, 5], visits=2, losses=1),
    "it drains after losses": Case(executions=[2, 3], visits=2, losses=2, drains=True),
    "it is given up after a loss": Case(executions=[2, 3], later=[5], visits=2, losses=1, gives_up=True),
    "one slot": Case(executions=[2, 3, 5, 6], later=[7], visits=2, limit=1),
    "few slots": Case(executions=[2, 3, 5, 6, 7], later=[4], visits=2, limit=2),
}


@pytest.mark.parametrize("name", SMALL)
async def test_every_interleaving_keeps_capacity_and_reports_each_result_once(name: str) -> None:
    states = await play_all(SMALL[name], most=MOST_OF_SMALL)
    assert 10 < states < MOST_OF_SMALL, "all of them"


@pytest.mark.full
@pytest.mark.parametrize("name", LARGE)
async def test_ten_thousand_states_of_longer_interleavings_keep_the_rules_too(name: str) -> None:
    await play_all(LARGE[name], most=10_000)


async def two_in_the_first_lane() -> Play:
    """Returns a worker that has 4/1 to report in the first lane, whose reply has just brought 2/2, while the second lane has no reply yet."""
    play = Play(Case(executions=[2, 4, 3], visits=2, limit=3))
    await play.play([("commit", 0), ("reply", 0)])
    for name in ("3/1", "2/1", "4/1"):
        await play.happen(ended(play, name))
    assert {lane: reported(play, lane) for lane in play.wire} == {0: ["2/1"], 1: ["3/1"]}
    await play.happen(("commit", 0))
    await play.happen(("reply", 0))
    assert list(play.executors.begun) == ["2/2"]
    return play


@pytest.fixture
async def gathering() -> AsyncIterator[Play]:
    """A worker whose first lane waits with what it has to report."""
    play = await two_in_the_first_lane()
    assert sorted(play.wire) == [1]
    yield play
    await play.finish()
    await play.close()


def ended(play: Play, name: str) -> Event:
    return ("end", list(play.executors.begun).index(name))


def reported(play: Play, lane: int) -> list[str]:
    return [result["assignment_id"] for result in play.wire[lane].results]


async def test_results_leave_with_those_of_what_the_reply_brought(gathering: Play) -> None:
    await gathering.happen(ended(gathering, "2/2"))
    await gathering.happen(("begun", 0))
    assert reported(gathering, 0) == ["4/1", "2/2"]


async def test_results_do_not_wait_for_an_executor_that_waits(gathering: Play) -> None:
    await gathering.happen(("begun", 0))
    assert reported(gathering, 0) == ["4/1"]


async def test_results_do_not_wait_while_the_database_has_nothing_to_do(gathering: Play) -> None:
    await gathering.happen(("commit", 1))
    await gathering.happen(("reply", 1))
    assert reported(gathering, 0) == ["4/1"]


async def test_results_wait_for_five_milliseconds_at_most(gathering: Play) -> None:
    gathering.clock.turn(GATHER_SECONDS)
    await gathering.settle()
    assert GATHER_SECONDS == 0.005
    assert reported(gathering, 0) == ["4/1"]


async def test_many_results_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert exchange.GATHER_ROWS == 250
    monkeypatch.setattr(exchange, "GATHER_ROWS", 1)
    play = await two_in_the_first_lane()
    assert reported(play, 0) == ["4/1"]
    await play.finish()
    await play.close()
