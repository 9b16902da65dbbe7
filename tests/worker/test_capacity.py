"""How much a worker asks for."""

from hypothesis import given
from hypothesis import strategies as st

from interlock.worker.capacity import Capacity


def test_an_idle_worker_asks_for_its_limits() -> None:
    assert Capacity({"default": 100, "slow": 4}).next_limits() == [100, 4]


def test_what_is_held_is_not_asked_for_again() -> None:
    capacity = Capacity({"default": 10, "slow": 4})
    capacity.next_limits()
    for _ in range(7):
        capacity.take("default")
    capacity.take("slow")
    assert capacity.next_limits() == [3, 3]


def test_slow_assignments_are_not_claimed_ahead() -> None:
    capacity = Capacity({"default": 2})
    capacity.next_limits()
    capacity.take("default")
    capacity.take("default")
    assert capacity.next_limits() == [0]
    assert not capacity.should_ask


def test_as_many_are_claimed_ahead_as_ended_during_the_exchange_before() -> None:
    capacity = Capacity({"default": 10})
    capacity.next_limits()
    slots = [capacity.take("default") for _ in range(10)]
    for queue_index in slots[:6]:
        capacity.free(queue_index)
    assert capacity.next_limits() == [12]  # 6 free slots, and 6 that will be
    assert capacity.next_limits() == [6]  # nothing ended since


def test_a_queue_that_did_not_fill_its_limit_is_asked_again_after_a_wake_up() -> None:
    capacity = Capacity({"default": 10})
    capacity.next_limits()
    queue_index = capacity.take("default")
    capacity.note_claimed({queue_index: 1})
    assert not capacity.should_ask
    capacity.expect_work()
    assert capacity.should_ask


def test_a_queue_that_filled_its_limit_is_asked_again_at_once() -> None:
    capacity = Capacity({"default": 2, "other": 5})
    capacity.next_limits()
    slots = [capacity.take("default"), capacity.take("default")]
    capacity.note_claimed({slots[0]: 2})
    assert not capacity.should_ask  # no capacity
    capacity.free(slots[0])
    assert capacity.should_ask


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 40)), max_size=40))
def test_a_worker_holds_at_most_twice_its_limit_and_claims_at_most_a_thousand(steps: list[tuple[str, int]]) -> None:
    limits = {"a": 900, "b": 5, "c": 300}
    capacity = Capacity(limits)
    held: dict[str, list[int]] = {queue: [] for queue in limits}
    for queue, count in steps:
        asked = dict(zip(limits, capacity.next_limits(), strict=True))
        assert sum(asked.values()) <= 1000
        for name, free in asked.items():
            held[name] += [capacity.take(name) for _ in range(free)]
            assert len(held[name]) <= 2 * limits[name]
        for _ in range(min(count, len(held[queue]))):
            capacity.free(held[queue].pop())
    assert capacity.taken == sum(map(len, held.values()))
