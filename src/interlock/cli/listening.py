"""Addresses to serve at: whether they are free, and who can reach them."""

import ipaddress
import socket
from contextlib import suppress

from interlock.cli.output import Output
from interlock.cli.problem import Problem


def free_port(host: str, port: int, *, option: str) -> int:
    """The port, where nobody listens at it now; for 0 one that is free.

    Raises:
        Problem: it is taken, or this machine has no such address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, protocol) as trying:
            trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trying.bind(address)
            trying.listen(1)
            chosen: int = trying.getsockname()[1]
    except OSError as error:
        raise Problem(
            f"{host} port {port} cannot be used: {error.strerror or error}",
            where=option,
            hint=f"another program listens there, or the address is not of this machine; name another, for example {option} {port + 1}",
            code="port_taken",
        ) from error
    return chosen


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
