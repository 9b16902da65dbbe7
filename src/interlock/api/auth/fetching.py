"""Asks Supabase, with limits on time and size, and without following redirects."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from interlock.errors import IdentityUnavailable

SECONDS: Final = 5.0
BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    status: int
    body: Any


async def fetch_json(method: str, url: str, *, headers: Mapping[str, str] | None = None, json: Any = None) -> Fetched:
    """Returns the answer, whatever its status; a body that is not JSON is None.

    Raises:
        IdentityUnavailable: there is no answer within 5 s, or one of more than 256 KiB.
    """
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(follow_redirects=False, timeout=SECONDS) as client,
            client.stream(method, url, headers=dict(headers or {}), json=json) as response,
        ):
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > BYTES:
                    raise IdentityUnavailable(f"{_host(url)} answered with more than {BYTES} bytes")
            return Fetched(status=response.status_code, body=_parsed(body))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError) as error:
        raise IdentityUnavailable(
            f"{_host(url)} did not answer: {type(error).__name__}", hint="is SUPABASE_URL right, and can it be reached?"
        ) from error


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]
