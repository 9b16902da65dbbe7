"""So much a minute, and a little more at once."""

import pytest

from interlock.api.rates import KEPT, Rates
from tests.api.clock import Clock


def counted(rates: Rates, key: object, limit: int, most: int = 100_000) -> int:
    """Counts for the key until it has to wait; returns how often."""
    for done in range(most):
        if rates.wait_seconds(key, limit):
            return done
        rates.count(key, limit)
    return most


@pytest.mark.parametrize(("limit", "at_once"), [(1, 1), (5, 5), (10, 10), (60, 10), (120, 20), (600, 100), (30_000, 5_000)])
def test_ten_seconds_of_the_rate_may_come_at_once_and_ten_at_least_as_far_as_the_limit_allows(limit: int, at_once: int) -> None:
    assert counted(Rates(Clock()), "a", limit) == at_once


@pytest.mark.parametrize("limit", [1, 7, 60, 100, 600, 30_000])
def test_who_comes_again_after_the_seconds_that_it_was_told_may_go_on_and_not_before(limit: int) -> None:
    clock = Clock()
    rates = Rates(clock)
    for _ in range(20):
        counted(rates, "a", limit)
        seconds = rates.wait_seconds("a", limit)
        if seconds > 1:
            clock.forward(seconds - 1)
            assert rates.wait_seconds("a", limit) == 1
            clock.forward(1)
        else:
            clock.forward(seconds)
        assert rates.wait_seconds("a", limit) == 0


@pytest.mark.parametrize("limit", [1, 7, 60, 600])
def test_over_an_hour_the_rate_is_the_limit(limit: int) -> None:
    clock = Clock()
    rates = Rates(clock)
    first = counted(rates, "a", limit)
    total = 0
    for _ in range(3_600):
        clock.forward(1)
        total += counted(rates, "a", limit)
    assert total == pytest.approx(60 * limit, abs=max(1, first * 0.01))


def test_keys_do_not_share_and_a_refusal_costs_nothing() -> None:
    rates = Rates(Clock())
    assert counted(rates, "a", 60) == 10
    for _ in range(100):
        assert rates.wait_seconds("a", 60) == 1
    assert counted(rates, "b", 60) == 10


def test_a_limit_that_changes_holds_at_once() -> None:
    clock = Clock()
    rates = Rates(clock)
    assert counted(rates, "a", 6) == 6
    assert rates.wait_seconds("a", 6) == 10
    assert counted(rates, "a", 600) == 94
    assert rates.wait_seconds("a", 6) == 10


def test_keys_that_have_used_nothing_any_more_are_forgotten() -> None:
    clock = Clock()
    rates = Rates(clock)
    for number in range(KEPT):
        rates.count(number, 60)
    clock.forward(3600)
    rates.count("later", 60)
    assert len(rates._used) == 1
