"""Many finished executions, put into the tables by SQL: copies of one that really ran, with ids and times of their own."""

from collections.abc import Mapping
from typing import LiteralString

from psycopg import sql

from benchmarks.workload.product import Product

AT_ONCE = 50_000

# One row for each copy, with a new id for the execution and for each assignment of the model (in a map from the old id).
COPIES: LiteralString = """
create temporary table copies on commit drop as
select n, interlock.uuidv7() as execution_id,
       (select array_agg(a.id order by a.id) from interlock.assignments a where a.execution_id = %(model)s) as old_ids,
       array(select interlock.uuidv7() from generate_series(1, %(assignments)s) where n is not null) as new_ids
from generate_series(1, %(count)s) as n
"""
COPY_EXECUTIONS: LiteralString = """
insert into interlock.executions ({columns})
select {values} from copies c, interlock.executions e where e.id = %(model)s
"""
COPY_ASSIGNMENTS: LiteralString = """
insert into interlock.assignments ({columns})
select {values} from copies c, interlock.assignments e where e.execution_id = %(model)s
"""
NEW_ID: LiteralString = "c.new_ids[array_position(c.old_ids, e.{})]"


async def add_finished(product: Product, model: str, count: int) -> None:
    """Insert `count` copies of the finished execution `model`, oldest first, as an untuned production would have them after a while."""
    assignments = await product.one("select count(*) from interlock.assignments where execution_id = %s", model)
    executions_sql = await copying(product, "executions", COPY_EXECUTIONS, {"id": sql.SQL("c.execution_id"), "idempotency_key": sql.NULL})
    assignments_sql = await copying(
        product,
        "assignments",
        COPY_ASSIGNMENTS,
        {"execution_id": sql.SQL("c.execution_id")}
        | {name: sql.SQL(NEW_ID).format(sql.Identifier(name)) for name in ("id", "previous_assignment_id", "source_id")}
        | {"source_execution_id": sql.SQL("case when e.source_execution_id is not null then c.execution_id end")},
    )
    for first in range(0, count, AT_ONCE):
        values = {"model": model, "assignments": assignments, "count": min(AT_ONCE, count - first)}
        async with product.connection.transaction():
            await product.connection.execute(COPIES, values)
            await product.connection.execute(executions_sql, values)
            await product.connection.execute(assignments_sql, values)


async def copying(product: Product, table: str, statement: LiteralString, replaced: Mapping[str, sql.Composable]) -> sql.Composed:
    """`statement` with all columns of the table, those in `replaced` computed."""
    found = await product.connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
        [f"interlock.{table}"],
    )
    names = [str(row[0]) for row in await found.fetchall()]
    values = [replaced.get(name, sql.SQL("e.{}").format(sql.Identifier(name))) for name in names]
    return sql.SQL(statement).format(columns=sql.SQL(", ").join(map(sql.Identifier, names)), values=sql.SQL(", ").join(values))
