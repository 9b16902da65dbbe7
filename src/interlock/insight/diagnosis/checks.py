"""What a check is: a question to the database, answered by findings."""

from collections.abc import Awaitable, Callable
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from interlock.insight.records.installation import Finding

Connection = AsyncConnection[DictRow]
Check = Callable[[Connection], Awaitable[list[Finding]]]


def fine(check: str, message: str, hint: str | None = None) -> Finding:
    return Finding(level="ok", check=check, message=message, hint=hint)


def warning(check: str, message: str, hint: str | None) -> Finding:
    """Something that works, but not well, or not for long."""
    return Finding(level="warning", check=check, message=message, hint=hint)


def error(check: str, message: str, hint: str | None) -> Finding:
    """Something that does not work."""
    return Finding(level="error", check=check, message=message, hint=hint)


async def fetch_all(connection: Connection, query: str, values: dict[str, Any] | None = None) -> list[DictRow]:
    return await (await connection.execute(query.encode(), values)).fetchall()


async def fetch_one(connection: Connection, query: str, values: dict[str, Any] | None = None) -> DictRow:
    (row,) = await fetch_all(connection, query, values)
    return row


def counted(number: int, noun: str) -> str:
    """`1 timer`, `2,000 timers`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def time_span(seconds: float) -> str:
    """`90 s`, `5 minutes`."""
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} s"
