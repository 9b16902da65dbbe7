"""What a process needs that is only a worker."""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

# A worker makes thousands of objects for each batch and drops them soon after, without cycles. With Python's own threshold of 700 the search for
# cycles took a third of its time.
COLLECT_AFTER: Final = (50_000, 20, 50)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Makes Python search for cycles rarely, and never among the objects that exist already."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def run_fast(main: Coroutine[Any, Any, Result]) -> Result:
    """Does the same as `asyncio.run`, with uvloop where there is one for this platform."""
    with asyncio.Runner(loop_factory=fast_loop_factory()) as runner:
        return runner.run(main)


def fast_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
