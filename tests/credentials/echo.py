"""A service on loopback that returns what it receives, in every way in which services do."""

import asyncio
import base64
import html
import json
import urllib.parse
from collections.abc import Callable
from typing import Final

from tests.nodes.http_server import Answer, LocalServer, Received, response

Body = Callable[[str, bytes], tuple[int, bytes, dict[str, str]]]


def _json(received: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    body = {"headers": received, "again": [json.dumps(received)], received: 1, "encoded": base64.b64encode(received.encode()).decode()}
    return (
        200,
        json.dumps(body).encode(),
        {"content-type": "application/json", "x-received": received, "set-cookie": f"a={urllib.parse.quote(received)}"},
    )


def _page(received: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 200, f"<p>{html.escape(received)}</p>{received!r}{received.encode()!r}".encode(), {"content-type": "text/html"}


def _bytes(received: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 200, b"\x00\xff" + received.encode() + b"\x00", {"content-type": "application/octet-stream"}


def _error(received: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    """Longer than what an error shows, so that the cut may fall inside the secret."""
    return 503, (f"refused {received} " * 400).encode(), {"content-type": "text/plain", "retry-after": "0"}


def _refusal(received: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 403, b"x" * 2040 + received.encode(), {"content-type": "text/plain"}


def _not_json(received: str, _: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 200, received.encode() + b"{", {"content-type": "application/json"}


PAGES: Final[dict[str, Body]] = {
    "/json": _json,
    "/page": _page,
    "/bytes": _bytes,
    "/error": _error,
    "/refusal": _refusal,
    "/not-json": _not_json,
}


def serve_echo(server: LocalServer, elsewhere: LocalServer) -> None:
    """Serve the pages. `/away` and `/same` redirect to another and to the same origin, with what they received in the address."""

    def page(body: Body) -> Answer:
        async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
            status, content, headers = body(_received(request), request.body)
            writer.write(response(status, content, headers))

        return answer

    for path, body in PAGES.items():
        server.answers[path] = page(body)
    elsewhere.answers["/json"] = server.answers["/json"]

    async def away(request: Received, writer: asyncio.StreamWriter) -> None:
        target = f"{elsewhere.url('/json')}?received={urllib.parse.quote(_received(request), safe='')}"
        writer.write(response(302, b"", {"location": target}))

    async def same(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(response(307, b"", {"location": f"/json?received={urllib.parse.quote(_received(request), safe='')}"}))

    async def broken(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {_received(request)}\r\n\r\n".encode())

    server.answers |= {"/away": away, "/same": same, "/broken": broken}


def _received(request: Received) -> str:
    return request.headers.get("x-api-key") or request.headers.get("authorization") or urllib.parse.unquote(request.target.partition("received=")[2])
