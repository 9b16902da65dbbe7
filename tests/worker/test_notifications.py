"""Which notifications of the database wake a worker."""

import pytest

from interlock.worker.notifications import concerns


@pytest.mark.parametrize("notification", ["default", "#2:default", "#3:slow,default", "virtual"])
def test_everything_wakes_a_worker_that_serves_all_workspaces(notification: str) -> None:
    assert concerns(notification, None)


@pytest.mark.parametrize(
    ("notification", "wakes"),
    [
        ("#2:default", True),
        ("default", False),
        ("#3:default,#22:default", False),
        ("#3:default,#2:slow", True),
        ("virtual", True),
        ("#2:a:b", True),
        ("#:x", False),
    ],
)
def test_a_worker_of_a_workspace_is_woken_for_its_own_queues_and_for_virtual_users(notification: str, wakes: bool) -> None:
    assert concerns(notification, [2]) is wakes


def test_a_worker_of_the_first_workspace_is_woken_for_names_without_a_number() -> None:
    assert concerns("default", [1, 4])
    assert not concerns("#2:default", [1, 4])
    assert concerns("#4:default", [1, 4])
