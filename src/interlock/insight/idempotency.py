"""Checks that a repeated request is the same request as the first one."""

from collections.abc import Mapping
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from interlock.errors import IdempotencyKeyReused
from interlock.insight.reading import Scope, in_workspace, read_rows

_IS_SAME: LiteralString = f"""
    select e.input = %(input)s and e.subject is not distinct from %(subject)s and (%(version)s::integer is null or v.version = %(version)s) as is_same
    from interlock.executions e
    join interlock.workflow_versions v on v.id = e.version_id
    where e.id = %(execution)s and {in_workspace("e")}
"""


async def check_same_request(scope: Scope, execution: UUID, *, given: Mapping[str, Any], subject: str | None, version: int | None) -> None:
    """Check that a request with a known idempotency key asks for the execution that was started with it.

    Raises:
        IdempotencyKeyReused: the execution has another input, subject or version.
    """
    rows = await read_rows(scope, _IS_SAME, execution=execution, input=Jsonb(dict(given)), subject=subject, version=version)
    if rows and not rows[0]["is_same"]:
        raise IdempotencyKeyReused(
            f"the idempotency key was used before, for the execution {execution}, which has another input, subject or version",
            hint="use a new key for a new request, or repeat the first request unchanged",
        )
