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
    assert not capacity.should_ask()


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
    assert not capacity.should_ask()
    capacity.expect_work()
    assert capacity.should_ask()


def test_a_queue_that_filled_its_limit_is_asked_again_at_once() -> None:
    capacity = Capacity({"default": 2, "other": 5})
    capacity.next_limits()
    slots = [capacity.take("default"), capacity.take("default")]
    capacity.note_claimed({slots[0]: 2})
    assert not capacity.should_ask()  # no capacity
    capacity.free(slots[0])
    assert capacity.should_ask()


def test_what_one_lane_has_asked_for_is_kept_from_the_other() -> None:
    capacity = Capacity({"default": 10}, lane_count=2)
    assert capacity.next_limits(0) == [10]
    assert capacity.next_limits(1) == [0]
    assert not capacity.should_ask(1)
    slots = [capacity.take("default") for _ in range(4)]
    capacity.note_claimed({slots[0]: 4}, 0)
    assert capacity.next_limits(1) == [6]


def test_slots_whose_results_wait_in_one_lane_are_left_to_it() -> None:
    capacity = Capacity({"default": 10}, lane_count=2)
    slots = [capacity.take("default") for _ in range(10)]
    for lane in (0, 0, 0, 1):
        capacity.free(slots.pop(), lane)
    assert capacity.next_limits(1) == [5]  # its own free slot, and four ahead
    assert capacity.next_limits(0) == [3]  # its own three


def test_there_is_room_for_what_follows_results_while_the_results_of_the_other_lane_wait() -> None:
    capacity = Capacity({"default": 10}, lane_count=2)
    slots = [capacity.take("default") for _ in range(20)]
    for lane in [0] * 5 + [1] * 10:
        capacity.free(slots.pop(), lane)
    assert capacity.next_limits(0) == [5]
    assert capacity.next_limits(1) == [10]


def test_there_is_room_for_what_follows_results_while_the_results_of_the_other_lane_have_no_reply() -> None:
    capacity = Capacity({"default": 10}, lane_count=2)
    slots = [capacity.take("default") for _ in range(20)]
    for lane in [0] * 5 + [1] * 10:
        capacity.free(slots.pop(), lane)
    assert capacity.next_limits(1) == [10]
    assert capacity.next_limits(0) == [5]


def test_what_follows_is_left_to_other_workers_when_quick_assignments_become_slow() -> None:
    """The worker holds twice its limit, of which one assignment has ended meanwhile."""
    capacity = Capacity({"default": 10}, lane_count=2)
    slots = [capacity.take("default") for _ in range(20)]
    capacity.free(slots.pop(), 0)
    assert capacity.next_limits(0) == [0]
    assert not capacity.should_ask(1)


def test_a_slot_without_a_result_is_for_whichever_lane_asks_first() -> None:
    capacity = Capacity({"default": 1}, lane_count=2)
    capacity.free(capacity.take("default"), None)
    assert capacity.should_ask(0)
    assert capacity.next_limits(0) == [1]


def test_a_wake_up_during_an_exchange_outlasts_its_reply() -> None:
    capacity = Capacity({"default": 10})
    capacity.next_limits()
    capacity.expect_work()
    capacity.note_claimed({})
    assert capacity.should_ask()


def test_what_follows_results_that_were_reported_without_a_limit_is_asked_for() -> None:
    """The other lane has asked for every slot and finds nothing: it cannot see what follows results that are not committed yet."""
    capacity = Capacity({"default": 4}, lane_count=2)
    slot = capacity.take("default")
    capacity.next_limits(0)
    capacity.free(slot, 1)
    capacity.no_limits(1)
    capacity.note_claimed({}, 1, has_reported=True)
    capacity.note_claimed({}, 0)
    assert capacity.should_ask(0)


@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["a", "b", "c"]), st.integers(0, 40)), max_size=40))
def test_two_lanes_together_hold_at_most_twice_the_limit(steps: list[tuple[int, str, int]]) -> None:
    """The lanes ask while the other one has no reply yet, and get all that they asked for."""
    limits = {"a": 900, "b": 5, "c": 300}
    capacity = Capacity(limits, lane_count=2)
    held: dict[str, list[int]] = {queue: [] for queue in limits}
    under_way: dict[int, dict[str, int]] = {}
    for lane, queue, count in steps:
        for name, claimed in under_way.pop(lane, {}).items():
            held[name] += [capacity.take(name) for _ in range(claimed)]
            assert len(held[name]) <= 2 * limits[name]
        capacity.release(lane)
        under_way[lane] = dict(zip(limits, capacity.next_limits(lane), strict=True))
        for _ in range(min(count, len(held[queue]))):
            capacity.free(held[queue].pop(), lane)


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
