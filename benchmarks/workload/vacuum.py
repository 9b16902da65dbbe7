"""What autovacuum does, more often than it is due in a run of some seconds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from benchmarks.workload.product import Product

EVERY_SECONDS = 0.5
TABLES = ("exchanges", "workers", "executions", "assignments")
# The pauses of autovacuum, which a vacuum by hand does not make.
PAUSES = "select set_config('vacuum_cost_delay', current_setting('autovacuum_vacuum_cost_delay'), false), set_config('vacuum_cost_limit', %s, false)"
COST_LIMIT = "select coalesce(nullif(current_setting('autovacuum_vacuum_cost_limit'), '-1'), current_setting('vacuum_cost_limit'))"


@contextmanager
def vacuuming(product: Product) -> Iterator[None]:
    """Vacuum and analyze the tables that change most, twice a second, from a thread and a connection of its own."""
    stop = threading.Event()

    def vacuum() -> None:
        with psycopg.connect(product.url, autocommit=True) as connection:
            limit = connection.execute(COST_LIMIT).fetchone()
            connection.execute(PAUSES, limit)
            while not stop.wait(EVERY_SECONDS):
                for table in TABLES:
                    connection.execute(f"vacuum (analyze) interlock.{table}".encode())

    thread = threading.Thread(target=vacuum, name="vacuum")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
