"""Callers that send the same request again and again, until the process is stopped. The order is one line of JSON on standard input."""

import asyncio
import json
import sys
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import grpc

Send = Callable[[], Awaitable[None]]


async def main() -> None:
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    await (by_grpc if order["grpc"] else by_rest)(order)


async def by_rest(order: dict[str, Any]) -> None:
    body = None if order["body"] is None else order["body"].encode()
    async with aiohttp.ClientSession(order["url"], headers=order["headers"]) as client:

        async def send() -> None:
            async with client.request("GET" if body is None else "POST", order["path"], data=body) as answer:
                await answer.read()

        await repeat(send, order["callers"])


async def by_grpc(order: dict[str, Any]) -> None:
    async with grpc.aio.insecure_channel(order["url"], [("grpc.max_receive_message_length", -1)]) as channel:
        method, message = channel.unary_unary(order["path"]), b64decode(order["body"])

        async def send() -> None:
            await method(message, metadata=(("authorization", order["headers"]["Authorization"]),))

        await repeat(send, order["callers"])


async def repeat(send: Send, callers: int) -> None:
    await send()
    print("sent", flush=True)
    await asyncio.gather(*(without_pause(send) for _ in range(callers)))


async def without_pause(send: Send) -> None:
    while True:
        await send()


if __name__ == "__main__":
    asyncio.run(main())
