"""A service on loopback that says back whatever it was told, in every way in which services do."""

import asyncio
import base64
import html
import json
import urllib.parse
from collections.abc import Callable
from typing import Final

from tests.nodes.http_server import Answer, LocalServer, Received, response

Body = Callable[[str, bytes], tuple[int, bytes, dict[str, str]]]


def _json(told: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    body = {"headers": told, "again": [json.dumps(told)], told: 1, "encoded": base64.b64encode(told.encode()).decode()}
    return 200, json.dumps(body).encode(), {"content-type": "application/json", "x-told": told, "set-cookie": f"a={urllib.parse.quote(told)}"}


def _page(told: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 200, f"<p>{html.escape(told)}</p>{told!r}{told.encode()!r}".encode(), {"content-type": "text/html"}


def _bytes(told: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 200, b"\x00\xff" + told.encode() + b"\x00", {"content-type": "application/octet-stream"}


def _error(told: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    """Longer than an error shows, with the secret across every place where it might be cut."""
    return 503, (f"refused {told} " * 400).encode(), {"content-type": "text/plain", "retry-after": "0"}


def _refusal(told: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 403, b"x" * 2040 + told.encode(), {"content-type": "text/plain"}


def _not_json(told: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 200, told.encode() + b"{", {"content-type": "application/json"}


PAGES: Final[dict[str, Body]] = {
    "/json": _json,
    "/page": _page,
    "/bytes": _bytes,
    "/error": _error,
    "/refusal": _refusal,
    "/not-json": _not_json,
}


def tell_back(server: LocalServer, elsewhere: LocalServer) -> None:
    """Serve the pages; `/away` and `/same` redirect to another and the same origin with what they were told in the address."""

    def page(body: Body) -> Answer:
        async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
            status, content, headers = body(_told(request), request.body)
            writer.write(response(status, content, headers))

        return answer

    for path, body in PAGES.items():
        server.answers[path] = page(body)
    elsewhere.answers["/json"] = server.answers["/json"]

    async def away(request: Received, writer: asyncio.StreamWriter) -> None:
        target = f"{elsewhere.url('/json')}?told={urllib.parse.quote(_told(request), safe='')}"
        writer.write(response(302, b"", {"location": target}))

    async def same(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(response(307, b"", {"location": f"/json?told={urllib.parse.quote(_told(request), safe='')}"}))

    async def broken(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {_told(request)}\r\n\r\n".encode())

    server.answers |= {"/away": away, "/same": same, "/broken": broken}


def _told(request: Received) -> str:
    return request.headers.get("x-api-key") or request.headers.get("authorization") or urllib.parse.unquote(request.target.partition("told=")[2])
