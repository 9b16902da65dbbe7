"""Sends events as messages, as long as the caller may see them and is connected."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from interlock.api.grpc.metadata import Context
from interlock.api.grpc.methods import Method
from interlock.api.models.base import Answer
from interlock.errors import DatabaseUnavailable, ServerUnreachable

CHECK_SECONDS: Final = 5.0
"""How often the server checks again that the watcher still may."""
SEND_SECONDS: Final = 60.0
"""A client that reads nothing for this long is disconnected."""


async def send_events(
    events: AsyncIterator[Any],
    method: Method,
    context: Context,
    *,
    on_sending: Callable[[], None],
    still_allowed: Callable[[], Awaitable[None]],
    closing: asyncio.Event,
) -> None:
    """Sends events until the last one, and ends the watcher in any case.

    Raises:
        ServerUnreachable: the process stops, or the client reads nothing; the client resumes after the last event that it has.
        InterlockError: what the operation and `still_allowed` raise.
    """
    leaving = [asyncio.create_task(_until_closing(closing)), asyncio.create_task(_until_not_allowed(still_allowed))]
    sending = asyncio.create_task(_send_all(events, method, context, on_sending))
    try:
        done, _ = await asyncio.wait([sending, *leaving], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (sending, *leaving):
            task.cancel()
        await asyncio.gather(sending, *leaving, return_exceptions=True)
        await _close(events)


async def _send_all(events: AsyncIterator[Answer], method: Method, context: Context, on_sending: Callable[[], None]) -> None:
    async for event in events:
        on_sending()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await context.write(method.answer_message(event).SerializeToString())
        except TimeoutError as error:
            raise ServerUnreachable("the client did not read the events", hint="watch again, from the last change number") from error
        if getattr(event, "kind", None) == "end":
            return


async def _until_closing(closing: asyncio.Event) -> None:
    await closing.wait()
    raise ServerUnreachable("this process stops", hint="watch again, from the last change number")


async def _until_not_allowed(still_allowed: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        try:
            await still_allowed()
        except DatabaseUnavailable:
            continue  # it will be asked again


async def _close(events: Any) -> None:
    close = getattr(events, "aclose", None)
    if close is not None:
        await close()
