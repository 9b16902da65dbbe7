"""Whether a repeated request asks for what was asked for before."""

from collections.abc import Mapping
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from interlock.errors import IdempotencyKeyReused
from interlock.insight.reading import Pool, read_rows

_IS_SAME: LiteralString = """
    select e.input = %(input)s and e.subject is not distinct from %(subject)s and (%(version)s::integer is null or v.version = %(version)s) as is_same
    from interlock.executions e
    join interlock.workflow_versions v on v.id = e.version_id
    where e.id = %(execution)s
"""


async def check_repeat(pool: Pool, execution: UUID, *, given: Mapping[str, Any], subject: str | None, version: int | None) -> None:
    """Let pass what asks for the execution that there is under its key.

    Raises:
        IdempotencyKeyReused: it has another input or subject, or is of another version than the one asked for.
    """
    rows = await read_rows(pool, _IS_SAME, execution=execution, input=Jsonb(dict(given)), subject=subject, version=version)
    if rows and not rows[0]["is_same"]:
        raise IdempotencyKeyReused(
            f"the idempotency key was used for the execution {execution}, which was started with something else",
            hint="a key stands for one request: take another for another, or repeat the first as it was",
        )
