"""Reads as the API reads."""

import psycopg


async def read_as(connection: psycopg.AsyncConnection, workspace_id: int) -> None:
    """Until the end of the transaction, the connection reads as the API does for a workspace."""
    await connection.execute("select interlock.read_as_workspace(%s)", (workspace_id,))
    row = await (await connection.execute("select current_user")).fetchone()
    assert row == ("interlock_reader",)
