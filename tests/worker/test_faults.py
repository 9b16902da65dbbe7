"""Points at which a worker dies on request."""

import pytest

from interlock.worker import faults as faults_module
from interlock.worker.faults import FAULT_POINTS, Faults


def test_without_the_variable_nothing_ever_dies() -> None:
    faults = Faults.from_environment({})
    for point in FAULT_POINTS:
        faults.reach(point)  # type: ignore[arg-type]  # a str of the same words


def test_dies_the_third_time_where_that_is_asked_for() -> None:
    died: list[int] = []
    faults = Faults("after_claim", 3, end=lambda: died.append(1))
    for _ in range(5):
        faults.reach("before_exchange")
        faults.reach("after_claim")
    assert died == [1]


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(ValueError, match="after_lunch"):
        Faults.from_environment({"INTERLOCK_FAULT": "after_lunch:1"})


def test_every_point_is_in_the_table() -> None:
    assert faults_module.__doc__ is not None
    assert [line.split("|")[1].strip() for line in faults_module.__doc__.splitlines() if line.startswith("| ")][2:] == list(FAULT_POINTS)
