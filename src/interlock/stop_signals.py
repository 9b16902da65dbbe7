"""What SIGTERM and Ctrl-C mean to a process of Interlock."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stopping_on_signals(stop: Callable[[], None], *, signals: tuple[signal.Signals, ...] = STOP_SIGNALS) -> Iterator[None]:
    """Calls `stop` in the event loop each time one of the signals arrives during the block."""
    loop = asyncio.get_running_loop()
    for number in signals:
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in signals:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
