"""Points at which a worker dies on request."""

import pytest

from interlock.worker import chaos as chaos_module
from interlock.worker.chaos import CHAOS_POINTS, Chaos


def test_without_the_variable_the_process_never_dies() -> None:
    chaos = Chaos.from_environment({})
    for point in CHAOS_POINTS:
        chaos.reach(point)  # type: ignore[arg-type]  # a str of the same words


def test_the_process_dies_the_third_time_if_the_variable_says_so() -> None:
    died: list[int] = []
    chaos = Chaos("after_claim", 3, end=lambda: died.append(1))
    for _ in range(5):
        chaos.reach("before_exchange")
        chaos.reach("after_claim")
    assert died == [1]


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(ValueError, match="after_lunch"):
        Chaos.from_environment({"INTERLOCK_CHAOS": "after_lunch:1"})


def test_every_point_is_in_the_table() -> None:
    assert chaos_module.__doc__ is not None
    assert [line.split("|")[1].strip() for line in chaos_module.__doc__.splitlines() if line.startswith("| ")][2:] == list(CHAOS_POINTS)
