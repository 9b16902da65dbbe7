"""Addresses to serve at: whether they are free, and who can reach them."""

import errno
import ipaddress
import socket
import time
from contextlib import suppress
from typing import Final

from interlock.cli.output import Output
from interlock.cli.problem import Problem

PATIENCE_SECONDS: Final = 2.0
"""A process whose supervisor was killed needs a moment to let its port go."""


def free_port(host: str, port: int, *, option: str) -> int:
    """The port, where nobody listens at it now; for 0 one that is free.

    Raises:
        Problem: it is taken or not allowed, or this machine has no such address.
    """
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return _bind(host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < give_up_at:
                time.sleep(0.1)
                continue
            raise _refusal(host, port, option, error) from error


def _bind(host: str, port: int) -> int:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, kind, protocol) as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trying.bind(address)
        trying.listen(1)
        chosen: int = trying.getsockname()[1]
    return chosen


def _refusal(host: str, port: int, option: str, error: OSError) -> Problem:
    said = error.strerror or str(error)
    if error.errno == errno.EADDRINUSE:
        return Problem(
            f"port {port} of {host} is taken: another program listens there",
            where=option,
            hint=f"stop that program (it may be another Interlock), or name another port, for example {option} {port + 1}",
            code="port_taken",
        )
    if error.errno == errno.EACCES:
        return Problem(
            f"port {port} of {host} may not be used by this user: {said}",
            where=option,
            hint=f"name one above 1023, for example {option} 8080, and put a proxy before it",
            code="port_refused",
        )
    return Problem(
        f"{host or 'nothing'} is no address of this machine to listen at: {said}",
        where="--host",
        hint="name one that it has, such as --host 127.0.0.1 or --host ::1 for this machine only, or --host 0.0.0.0 for all",
        code="address_unknown",
    )


def shown_url(host: str, port: int) -> str:
    """The address for a browser on this machine."""
    where = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared with, not bound to
    return f"http://{where}:{port}"


def warn_if_open(host: str, output: Output) -> None:
    """Say it where other machines can reach the address."""
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host != "localhost":
        output.warn(f"{host} is open to the network, and passwords and keys would cross it in the clear: put a proxy with TLS before it")
