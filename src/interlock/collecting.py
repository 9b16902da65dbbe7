"""How often Python searches for objects that hold each other."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# A worker makes thousands of objects for each batch and drops them soon after, without cycles; a large request makes hundreds of thousands, and each
# full search among them stops the process for as long as it takes. With Python's own threshold of 700 the search took a third of a worker's time.
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
