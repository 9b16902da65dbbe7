import socket

import pytest


@pytest.fixture
def unused_port() -> int:
    """A port at which nobody answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port
