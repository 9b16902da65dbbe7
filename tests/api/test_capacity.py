"""What one process does at once is bounded."""

import pytest

from interlock.api.capacity import Capacity
from interlock.errors import TooBusy


def test_what_exceeds_the_limit_is_refused_and_a_place_is_free_again_afterwards() -> None:
    capacity = Capacity(limit=2, full="two at once")
    with capacity.use(), capacity.use():
        assert capacity.in_use == 2
        with pytest.raises(TooBusy, match="two at once"), capacity.use():
            raise AssertionError("there was a third place")
        assert capacity.in_use == 2
    with capacity.use():
        assert capacity.in_use == 1


def test_a_place_is_free_again_after_an_error() -> None:
    capacity = Capacity(limit=1, full="one at once")
    with pytest.raises(ZeroDivisionError), capacity.use():
        raise ZeroDivisionError
    assert capacity.in_use == 0
