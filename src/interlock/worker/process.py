"""What a process does that is a worker and nothing else."""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

# A worker makes thousands of objects a batch and drops them all soon after, without cycles: at Python's own threshold of 700 the search for cycles
# was seen to take a third of its time.
COLLECT_AFTER: Final = (50_000, 20, 50)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Searches for cycles rarely, and not among what was there before."""
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
    """`asyncio.run`, with uvloop where it is installed (the extra `fast`)."""
    with asyncio.Runner(loop_factory=fast_loop_factory()) as runner:
        return runner.run(main)


def fast_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
