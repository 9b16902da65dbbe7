"""What all calls share: receiving the message, counting the call, and ending it with a status if it fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import grpc
import grpc.aio

from interlock.api.grpc.metadata import REQUEST_ID, Context, metadata_of, request_id_of
from interlock.api.grpc.statuses import DETAILS_KEY, status_of
from interlock.api.observing import CANCELLED, UNKNOWN, Observation
from interlock.errors import BadRequest, NotSignedIn, PageNotFound, RequestTooSlow

MESSAGE_SECONDS: Final = 30.0
"""Time in which a whole request must arrive."""

Requests = AsyncIterator[bytes]


async def receive(context: Context) -> bytes:
    """Receives the one message of a call. Before this, nothing of it is read from the connection, except what the connection itself buffers.

    Raises:
        RequestTooSlow: it did not arrive in time.
        BadRequest: the caller sent none.
    """
    try:
        async with asyncio.timeout(MESSAGE_SECONDS):
            data = await context.read()
    except TimeoutError as error:
        raise RequestTooSlow(f"the request did not arrive within {MESSAGE_SECONDS:.0f} seconds", hint="send it again") from error
    if not isinstance(data, bytes):
        raise BadRequest("no message came with the call", hint="send one")
    return data


async def refuse_unknown(requests: Requests, context: Context) -> bytes:  # noqa: ARG001 - every method has it
    """Answers a call of a method that does not exist."""
    async with observed(context):
        raise PageNotFound("there is no such method", hint="reflection lists every service and method")


@asynccontextmanager
async def observed(context: Context, operation: str = UNKNOWN) -> AsyncIterator[Observation]:
    """Counts the call, sends the caller its id, and ends it with a status if it fails."""
    request_id = request_id_of(metadata_of(context))
    observation = Observation("grpc", request_id, operation)
    context.set_trailing_metadata(((REQUEST_ID, request_id),))
    try:
        await context.send_initial_metadata(((REQUEST_ID, request_id),))
        yield observation
        observation.note_answer(grpc.StatusCode.OK.name)
    except _DeadlineExceeded:
        observation.code = CANCELLED
        observation.note_answer(grpc.StatusCode.DEADLINE_EXCEEDED.name)
        await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "the deadline of the call has passed")
    except grpc.aio.AbortError:  # it has ended with its own status
        raise
    except Exception as error:  # noqa: BLE001 - every exception is answered and logged
        await _abort(context, error, observation)
    except BaseException:
        observation.code = CANCELLED
        raise
    finally:
        observation.finish()


async def _abort(context: Context, error: Exception, observation: Observation) -> None:
    status = status_of(observation.note_error(error), observation.request_id)
    observation.note_answer(status.code.name)
    metadata: list[tuple[str, str | bytes]] = [(REQUEST_ID, observation.request_id), (DETAILS_KEY, status.details)]
    if isinstance(error, NotSignedIn):
        metadata.append(("www-authenticate", "Bearer"))
    await context.abort(status.code, status.message, tuple(metadata))


@asynccontextmanager
async def deadline(context: Context) -> AsyncIterator[None]:
    """Cancels the block, and its statement in the database, when the deadline of the call has passed."""
    waiting = asyncio.timeout(context.time_remaining())
    try:
        async with waiting:
            yield
    except TimeoutError:
        if waiting.expired():
            raise _DeadlineExceeded from None
        raise


class _DeadlineExceeded(Exception):
    """The deadline of the call has passed."""
