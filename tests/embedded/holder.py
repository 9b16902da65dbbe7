"""A process that holds the embedded server of a folder: prints `ready URL` once it does, and ends when its standard input ends."""

import asyncio
import sys
from pathlib import Path

from interlock.embedded import Server


async def hold(folder: Path) -> None:
    async with Server(folder) as server:
        print("ready", server.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(hold(Path(sys.argv[1])))
