"""How large Interlock's tables are, and what vacuum does to them."""

import time
from dataclasses import dataclass

from benchmarks.workload.product import Product

SIZES = """
select coalesce(sum(pg_table_size(oid)), 0)::bigint, coalesce(sum(pg_indexes_size(oid)), 0)::bigint,
       coalesce(sum(pg_stat_get_dead_tuples(oid)), 0)::bigint
from pg_class where relnamespace = 'interlock'::regnamespace and relkind = 'r'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Of all tables of the schema, in bytes; dead rows as PostgreSQL estimates them."""

    table_bytes: int
    index_bytes: int
    dead_rows: int

    @property
    def total_bytes(self) -> int:
        return self.table_bytes + self.index_bytes


async def read_sizes(product: Product) -> Sizes:
    table_bytes, index_bytes, dead_rows = await product.row(SIZES)
    return Sizes(table_bytes=table_bytes, index_bytes=index_bytes, dead_rows=dead_rows)


async def vacuum_seconds(product: Product, options: str = "") -> float:
    """How long a vacuum of the two big tables takes; `full` rewrites them, which shows how small they could be."""
    started = time.perf_counter()
    for table in ("executions", "assignments"):
        await product.connection.execute(f"vacuum {options} interlock.{table}".encode())
    return time.perf_counter() - started
