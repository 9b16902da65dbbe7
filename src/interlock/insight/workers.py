"""Which workers there are."""

from typing import Any

from psycopg_pool import AsyncConnectionPool


async def has_live_worker(pool: AsyncConnectionPool[Any]) -> bool:
    """Whether some worker has given a sign of life within its lease."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            """
            select exists (select from interlock.workers
                           where status = 'alive' and heartbeat_at > interlock.now() - make_interval(secs => lease_seconds))
            """
        )
        (answer,) = await cursor.fetchall()
    return bool(answer[0])
