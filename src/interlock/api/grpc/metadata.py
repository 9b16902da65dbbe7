"""Reads the metadata of a call: the request's id, its trace, and who calls."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any, Final
from urllib.parse import unquote
from uuid import uuid4

import grpc.aio

from interlock.api.auth.authenticate import authenticate
from interlock.api.auth.principal import Principal
from interlock.api.call import Services
from interlock.api.settings import ApiSettings
from interlock.errors import NotSignedIn
from interlock.tracing import is_trace_parent

REQUEST_ID: Final = "x-request-id"
SESSION: Final = "interlock-session"
"""The token of a session: SignIn returns it, and a caller without an API key sends it instead of `authorization`."""

Context = grpc.aio.ServicerContext[Any, Any]

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.-]{8,64}")


def metadata_of(context: Context) -> Mapping[str, str]:
    """Returns the metadata that is text; of several values with one name, the first."""
    found: dict[str, str] = {}
    for name, value in context.invocation_metadata() or ():
        if isinstance(value, str):
            found.setdefault(name, value)
    return found


def request_id_of(metadata: Mapping[str, str]) -> str:
    """Returns the caller's id if it is harmless, else a new one."""
    given = metadata.get(REQUEST_ID, "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def trace_parent_of(metadata: Mapping[str, str]) -> str | None:
    given = metadata.get("traceparent")
    return given if given is not None and is_trace_parent(given) else None


def remote_of(context: Context, settings: ApiSettings) -> str:
    """Returns the caller's address: `127.0.0.1` of `ipv4:127.0.0.1:50123`, or what a trusted proxy says in `x-forwarded-for`."""
    kind, _, address = unquote(context.peer()).partition(":")
    peer = address.rpartition(":")[0].strip("[]") if kind in {"ipv4", "ipv6"} else ""
    forwarded = ",".join(str(value) for name, value in context.invocation_metadata() or () if name == "x-forwarded-for")
    return peer if settings.public_url is None else address_of_caller(peer, forwarded, settings.trusted_proxies)


def address_of_caller(peer: str, forwarded: str, trusted: Sequence[str]) -> str:
    """Returns the last address that is not a trusted proxy's. Each proxy appends the address of its caller; what is before may be made up."""
    came = peer
    for address in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _is_among(came, trusted) or not _is_address(address):
            break
        came = address
    return came


def _is_among(address: str, networks: Sequence[str]) -> bool:
    return _is_address(address) and any(ip_address(address) in ip_network(network) for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


async def find_caller(services: Services, context: Context) -> Principal | None:
    """Returns the user who calls; None if no proof came.

    Raises:
        NotSignedIn: the proof is not valid, or several came.
    """
    proofs = [name for name, _ in context.invocation_metadata() or () if name in {"authorization", SESSION}]
    if len(proofs) != len(set(proofs)):
        raise NotSignedIn("several proofs came with the call", hint="send one")
    metadata = metadata_of(context)
    return await authenticate(services, bearer=_bearer(metadata), cookie=metadata.get(SESSION), remote=remote_of(context, services.settings))


def _bearer(metadata: Mapping[str, str]) -> str | None:
    given = metadata.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("the metadata authorization is not of the form `Bearer …`", hint="send an API key or a token as `Bearer …`")
    return token.strip()
