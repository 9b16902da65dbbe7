"""Callers that send the same request again and again, until the process is stopped. The order is one line of JSON on standard input."""

import asyncio
import json
import sys
from typing import Any

import aiohttp


async def main() -> None:
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    body = None if order["body"] is None else order["body"].encode()
    async with aiohttp.ClientSession(order["url"], headers=order["headers"]) as client:
        await send(client, order["path"], body)
        print("sent", flush=True)
        await asyncio.gather(*(without_pause(client, order["path"], body) for _ in range(order["callers"])))


async def without_pause(client: aiohttp.ClientSession, path: str, body: bytes | None) -> None:
    while True:
        await send(client, path, body)


async def send(client: aiohttp.ClientSession, path: str, body: bytes | None) -> None:
    async with client.request("GET" if body is None else "POST", path, data=body) as answer:
        await answer.read()


if __name__ == "__main__":
    asyncio.run(main())
