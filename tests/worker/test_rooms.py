"""How much a worker asks for."""

from hypothesis import given
from hypothesis import strategies as st

from interlock.worker.rooms import Rooms


def test_an_idle_worker_asks_for_its_limits() -> None:
    assert Rooms({"default": 100, "slow": 4}).ask() == [100, 4]


def test_what_is_held_is_not_asked_for_again() -> None:
    rooms = Rooms({"default": 10, "slow": 4})
    rooms.ask()
    for _ in range(7):
        rooms.take("default")
    rooms.take("slow")
    assert rooms.ask() == [3, 3]


def test_slow_assignments_are_not_claimed_ahead() -> None:
    rooms = Rooms({"default": 2})
    rooms.ask()
    rooms.take("default")
    rooms.take("default")
    assert rooms.ask() == [0]
    assert not rooms.worth_asking


def test_as_many_are_claimed_ahead_as_ended_during_the_exchange_before() -> None:
    rooms = Rooms({"default": 10})
    rooms.ask()
    places = [rooms.take("default") for _ in range(10)]
    for place in places[:6]:
        rooms.free(place)
    assert rooms.ask() == [12]  # 6 free places, and 6 that will be
    assert rooms.ask() == [6]  # nothing ended since


def test_a_queue_that_gave_less_than_was_asked_is_asked_again_when_woken() -> None:
    rooms = Rooms({"default": 10})
    rooms.ask()
    place = rooms.take("default")
    rooms.answered({place: 1})
    assert not rooms.worth_asking
    rooms.woken()
    assert rooms.worth_asking


def test_a_queue_that_gave_all_that_was_asked_is_asked_on() -> None:
    rooms = Rooms({"default": 2, "other": 5})
    rooms.ask()
    places = [rooms.take("default"), rooms.take("default")]
    rooms.answered({places[0]: 2})
    assert not rooms.worth_asking  # no room
    rooms.free(places[0])
    assert rooms.worth_asking


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 40)), max_size=40))
def test_never_more_than_twice_the_limit_and_a_thousand_are_asked_for(steps: list[tuple[str, int]]) -> None:
    limits = {"a": 900, "b": 5, "c": 300}
    rooms = Rooms(limits)
    held: dict[str, list[int]] = {queue: [] for queue in limits}
    for queue, count in steps:
        asked = dict(zip(limits, rooms.ask(), strict=True))
        assert sum(asked.values()) <= 1000
        for name, room in asked.items():
            held[name] += [rooms.take(name) for _ in range(room)]
            assert len(held[name]) <= 2 * limits[name]
        for _ in range(min(count, len(held[queue]))):
            rooms.free(held[queue].pop())
    assert rooms.taken == sum(map(len, held.values()))
