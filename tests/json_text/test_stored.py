"""What is stored can always be read, also what a caller of the SQL functions stored."""

import json
from typing import Any
from uuid import UUID

import pytest

from interlock.json_text import DIGITS, STANDARD_LIMITS, check_json, read_stored_json
from tests.json_text.values import name_of, same
from tests.json_text.ways import Ways, guest, node, steps_of, ways

__all__ = ["guest", "ways"]

ONLY_SQL = {
    "long": ("1" + "0" * DIGITS, "1" + "0" * DIGITS),
    "large": ("-1" + "0" * 400 + ".5", "-1" + "0" * 400 + ".5"),
    "precise": ("0.1234567890123456789012345", 0.1234567890123456789012345),
    "tiny": ("1e-400", 0.0),
    "whole": ("6.022e23", 602200000000000000000000),
    "exact": ("9" * DIGITS, 10**DIGITS - 1),
}


@pytest.mark.parametrize("beside", [1, 6.022e23, 2**70, 10**400], ids=name_of)
def test_numbers_that_only_sql_can_store_are_read(beside: float) -> None:
    text = "{" + ",".join(f'"{name}": {written}' for name, (written, _) in ONLY_SQL.items()) + f', "beside": {json.dumps(beside)}}}'
    read = read_stored_json(text)
    check_json(read, STANDARD_LIMITS)
    assert same(
        {name: read[name] for name in ("long", "large", "precise", "exact")}, {n: ONLY_SQL[n][1] for n in ("long", "large", "precise", "exact")}
    )
    assert same(read["beside"], beside)


async def test_everybody_reads_what_only_sql_can_store(ways: Ways) -> None:
    made = {"name": "stored", "nodes": [node("begin", "TRIGGER_NODE", "MANUAL"), node("code", "ACTION_NODE", "RUN_CODE", code="input")]}
    await ways.client.create_workflow(made | {"connections": [{"from": "begin", "to": "code"}]})
    given = "{" + ",".join(f'"{name}": {written}' for name, (written, _) in ONLY_SQL.items()) + "}"
    async with ways.api.services.pool.connection() as connection:
        statement = "select interlock.start_executions('stored', %s::jsonb)"
        row = await (await connection.execute(statement, [f'[{{"input": {given}}}]'])).fetchone()
    assert row is not None
    expected: dict[str, Any] = {name: read for name, (_, read) in ONLY_SQL.items()}
    told = await ways.told(UUID(row[0][0]["execution_id"]))
    assert same(told["input"], expected)
    assert same(steps_of(told)[-1], [expected, expected])
