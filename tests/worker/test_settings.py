"""What a worker is told, and what it refuses to be told."""

import pytest

from interlock.backoff import Backoff
from interlock.worker.settings import WorkerSettings, queues_from


def test_queues_are_read_with_their_limits() -> None:
    assert queues_from(["default=100", "slow=4", "mail"]) == {"default": 100, "slow": 4, "mail": 100}


@pytest.mark.parametrize("option", ["slow=many", "slow=-1", "slow=1.5"])
def test_a_limit_that_is_not_a_number_is_refused(option: str) -> None:
    with pytest.raises(ValueError, match="NAME=LIMIT"):
        queues_from([option])


@pytest.mark.parametrize("queues", [{}, {"": 1}, {"a": 0}, {"a": 10_001}, {"a" * 101: 1}])
def test_impossible_queues_are_refused(queues: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="queue"):
        WorkerSettings(database_url="", queues=queues)


def test_a_lease_shorter_than_two_heartbeats_is_refused() -> None:
    with pytest.raises(ValueError, match="lease_seconds"):
        WorkerSettings(database_url="", lease_seconds=3, heartbeat_seconds=2)


@pytest.mark.parametrize("count", [0, 3])
def test_a_worker_has_one_or_two_exchanges_in_flight(count: int) -> None:
    with pytest.raises(ValueError, match="exchanges_in_flight"):
        WorkerSettings(database_url="", exchanges_in_flight=count)


def test_pauses_double_up_to_a_limit_and_start_again() -> None:
    backoff = Backoff(0.1, 1.0, random_source=lambda: 1.0)
    assert [round(backoff.next_seconds(), 3) for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    backoff.reset()
    assert backoff.next_seconds() == pytest.approx(0.1)


def test_pauses_have_jitter() -> None:
    assert Backoff(1.0, 1.0, random_source=lambda: 0.0).next_seconds() == pytest.approx(0.5)
