"""A process that another one keeps running ends when that one is gone, even by `kill -9`."""

import os
import signal
import threading
import time
from typing import Final

MARK: Final = "INTERLOCK_SUPERVISED"
"""Set for children of `interlock up`: their stdin is a pipe that nobody writes to and that ends with the supervisor."""
PATIENCE_SECONDS: Final = 20.0


def end_with_supervisor() -> bool:
    """Where a supervisor started this process: end as by SIGTERM when it is gone, and by force when that takes too long.

    Returns:
        Whether one did. It speaks to the person at the terminal, so that this process only logs.
    """
    is_supervised = os.environ.pop(MARK, None) is not None
    if is_supervised:
        threading.Thread(target=_wait, name="supervisor", daemon=True).start()
    return is_supervised


def _wait() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)
