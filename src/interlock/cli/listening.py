"""Addresses to listen at: checks that they are free, and warns of those that other machines can reach."""

import errno
import ipaddress
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from interlock.cli.output import Output
from interlock.cli.problem import Problem

LAST_PORT: Final = 65_535
TRIES: Final = 20
PAUSE_SECONDS: Final = 0.1
"""A port that is taken is tried again for about two seconds: a process whose supervisor was killed needs a moment to free it."""


def free_port(host: str, port: int, *, option: str, pause: Callable[[], None] = lambda: time.sleep(PAUSE_SECONDS)) -> int:
    """Returns the port, if it is free; for 0, any free port.

    Args:
        option: the option to name where the port is not free.
        pause: called between two tries.

    Raises:
        Problem: the port is taken or not allowed, or this machine does not have the address.
    """
    for _ in range(TRIES):
        try:
            return _bind(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _refusal(host, port, option, error) from error
        pause()
    try:
        return _bind(host, port)
    except OSError as error:
        raise _refusal(host, port, option, error) from error


def _bind(host: str, port: int) -> int:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, kind, protocol) as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trying.bind(address)
        trying.listen(1)
        chosen: int = trying.getsockname()[1]
    return chosen


def _free_beside(host: str, port: int) -> int:
    """Returns the next port that is free now; any free one, if none of the next hundred is."""
    for other in range(port + 1, min(port + 100, LAST_PORT) + 1):
        with suppress(OSError):
            return _bind(host, other)
    return _bind(host, 0)


def _refusal(host: str, port: int, option: str, error: OSError) -> Problem:
    reason = error.strerror or str(error)
    if error.errno == errno.EADDRINUSE:
        return Problem(
            f"port {port} of {host} is taken by another program",
            where=option,
            hint=f"stop that program (it may be another Interlock), or use a free port: {option} {_free_beside(host, port)}",
            code="port_taken",
        )
    if error.errno == errno.EACCES:
        return Problem(
            f"port {port} of {host} may not be used by this user: {reason}",
            where=option,
            hint=f"name a port above 1023, for example {option} 8080, and put a proxy in front of it",
            code="port_refused",
        )
    return Problem(
        f"this machine cannot listen at {host or 'an empty address'}: {reason}",
        where="--host",
        hint="use --host 127.0.0.1 or --host ::1 for this machine only, or --host 0.0.0.0 for all of its addresses",
        code="address_unknown",
    )


def shown_url(host: str, port: int) -> str:
    """Returns the address for a browser on this machine."""
    where = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared with, not bound to
    return f"http://{where}:{port}"


def warn_if_open(host: str, output: Output) -> None:
    """Warn if other machines can reach the address."""
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host != "localhost":
        output.warn(f"{host} is open to the network, which would see passwords and keys in the clear: put a proxy with TLS in front of it")
