"""DBOS: one asynchronous workflow that runs many steps side by side and waits for all, in process."""

import asyncio
import json
import sys
import time

from dbos import DBOS

settings = json.loads(sys.argv[1])
DBOS(config={"name": "bench", "system_database_url": settings["url"], "log_level": "ERROR"})


@DBOS.step()
async def step(value: int) -> int:
    return value + 1


@DBOS.workflow()
async def wide(count: int) -> int:
    return len(await asyncio.gather(*[step(number) for number in range(count)]))


async def main() -> float:
    await wide(10)
    started = time.perf_counter()
    assert await wide(settings["branches"]) == settings["branches"]
    return time.perf_counter() - started


DBOS.launch()
seconds = asyncio.run(main())
DBOS.destroy()
print("result", json.dumps({"seconds": seconds}))
