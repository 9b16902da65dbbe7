"""Hashing passwords is expensive: it happens a few times at once, and no other request waits for it."""

import asyncio
import threading
from typing import Literal

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr

from interlock.api.auth.passwords import AT_ONCE, WAITING, Passwords
from interlock.errors import TooBusy
from tests.worker.engine import until


class Blocking(PasswordHasher):
    """Hashes nothing until the test lets it."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64)
        self.is_full, self.may_go_on, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self.under_way = self.most = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - its name there
        self._count(1)
        assert self.may_go_on.wait(60)
        self._count(-1)
        return super().verify(hash, password)

    def _count(self, more: int) -> None:
        with self._lock:
            self.under_way += more
            self.most = max(self.most, self.under_way)
            if self.under_way == AT_ONCE:
                self.is_full.set()

    async def until_full(self) -> None:
        """Waits without blocking the event loop."""
        assert await asyncio.to_thread(self.is_full.wait, 60)


async def test_a_flood_of_passwords_takes_two_threads_and_the_rest_waits_or_is_refused() -> None:
    hasher = Blocking()
    passwords = Passwords(hasher)
    flood = [asyncio.create_task(passwords.verify(SecretStr("guess"), None)) for _ in range(WAITING)]
    await hasher.until_full()
    with pytest.raises(TooBusy) as refused:
        await passwords.verify(SecretStr("one too many"), None)
    assert refused.value.retryable
    flood.pop().cancel()  # a caller who hangs up leaves the queue
    await asyncio.sleep(0)
    hasher.may_go_on.set()
    assert not any(answer.is_right for answer in await asyncio.gather(*flood))
    assert hasher.most == AT_ONCE
    assert not (await passwords.verify(SecretStr("again"), None)).is_right


async def test_a_caller_who_hangs_up_while_their_password_is_checked_starts_no_third_thread() -> None:
    hasher = Blocking()
    passwords = Passwords(hasher)
    first = [asyncio.create_task(passwords.verify(SecretStr("guess"), None)) for _ in range(AT_ONCE)]
    await hasher.until_full()
    for task in first:
        task.cancel()
    await asyncio.gather(*first, return_exceptions=True)
    more = [asyncio.create_task(passwords.verify(SecretStr("guess"), None)) for _ in range(20)]
    await until(lambda: passwords._waiting == len(more))
    hasher.may_go_on.set()
    await asyncio.gather(*more)
    assert hasher.most == AT_ONCE
