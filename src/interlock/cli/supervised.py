"""A process that a supervisor started ends when the supervisor is gone, even after `kill -9`."""

import os
import signal
import threading
import time
from typing import Final

SUPERVISED_VARIABLE: Final = "INTERLOCK_SUPERVISED"
"""Set for the children of `interlock up`. Their stdin is a pipe that ends with the supervisor; nothing is written to it."""
PATIENCE_SECONDS: Final = 20.0


def end_with_supervisor() -> bool:
    """If a supervisor started this process, end it when the supervisor is gone: as by SIGTERM, and by force after 20 seconds.

    Returns:
        Whether a supervisor started it. Then the supervisor talks to the person at the terminal, and this process only logs.
    """
    is_supervised = os.environ.pop(SUPERVISED_VARIABLE, None) is not None
    if is_supervised:
        threading.Thread(target=_wait, name="supervisor", daemon=True).start()
    return is_supervised


def _wait() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)
