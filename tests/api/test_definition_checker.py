"""Definitions are checked beside the event loop, one of each caller at once."""

import asyncio
import threading
from collections.abc import Collection

import pytest

from interlock.api.definition_checker import DefinitionChecker
from interlock.api.side_threads import WAITING_OF_ONE
from interlock.definition import NodeTypeInfo
from interlock.errors import TooBusy
from tests.definition.drawings import edge, node
from tests.definition.node_types import node_types

SECONDS = 10
SLOW = {"name": "slow", "nodes": [node("start", "MANUAL"), node("a")], "connections": [edge("start -> a")]}
QUICK = {"name": "quick", "nodes": []}


class HeldUp:
    """Node types that hold up every check of a definition with nodes until they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.begun = threading.Semaphore(0)
        self._types = node_types()

    def find(self, type: str, subtype: str) -> NodeTypeInfo | None:  # noqa: A002 - the word of the definition
        if not self.let_go.is_set():
            self.begun.release()
            assert self.let_go.wait(SECONDS)
        return self._types.find(type, subtype)

    def names(self) -> Collection[tuple[str, str]]:
        return self._types.names()

    async def until_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.acquire, timeout=SECONDS)


async def test_a_long_check_of_one_caller_holds_up_neither_the_loop_nor_another_caller() -> None:
    types = HeldUp()
    checker = DefinitionChecker(types)
    long = asyncio.create_task(checker.check(SLOW, by="alice"))
    await types.until_begun()
    assert (await checker.check(QUICK, by="bob")).report.errors
    assert not long.done()
    types.let_go.set()
    assert (await long).report.is_valid
    checker.close()


async def test_the_checks_of_one_caller_take_turns_though_one_goes_away() -> None:
    types = HeldUp()
    checker = DefinitionChecker(types)
    gone = asyncio.create_task(checker.check(SLOW, by="alice"))
    await types.until_begun()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    second = asyncio.create_task(checker.check(SLOW, by="alice"))
    await checker.check(QUICK, by="bob")
    assert not types.begun.acquire(blocking=False), "the first still runs, so the second has not begun"
    types.let_go.set()
    assert (await second).report.is_valid
    checker.close()


async def test_a_caller_who_asks_for_too_many_is_refused_and_others_are_not() -> None:
    types = HeldUp()
    checker = DefinitionChecker(types)
    waiting = [asyncio.create_task(checker.check(SLOW, by="alice")) for _ in range(WAITING_OF_ONE)]
    await types.until_begun()
    with pytest.raises(TooBusy, match="definitions of one caller wait"):
        await checker.check(QUICK, by="alice")
    await checker.check(QUICK, by="bob")
    types.let_go.set()
    assert all(checked.report.is_valid for checked in await asyncio.gather(*waiting))
    assert (await checker.check(QUICK, by="alice")).report.errors, "and served again when they are done"
    checker.close()
