"""Messages of any length over a stream: four bytes of length, then the message."""

import asyncio
from typing import Final

LENGTH_BYTES: Final = 4


async def write_frame(writer: asyncio.StreamWriter, message: bytes) -> None:
    writer.write(len(message).to_bytes(LENGTH_BYTES) + message)
    await writer.drain()


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """Returns the next message.

    Raises:
        asyncio.IncompleteReadError: the other side has ended.
    """
    length = int.from_bytes(await reader.readexactly(LENGTH_BYTES))
    return await reader.readexactly(length)
