"""The settings of a worker."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

ROWS_PER_EXCHANGE: Final = 1000
BYTES_PER_EXCHANGE: Final = 8 * 1024 * 1024


def name_of_this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Times are in seconds, sizes in bytes. docs/reference/worker.md has a line for each.

    Attributes:
        database_url: what psycopg connects to; a transaction-mode pooler will do.
        queues: the queues that it serves, and how many assignments of each it executes at once (1 to 10,000).
        workspaces: the names of the workspaces that it serves; none: all.
        lease_seconds: how long the database waits for a heartbeat before it gives the assignments of this worker to another.
        poll_seconds: an idle worker asks for work at least this often, notified or not.
        listen: whether to wait for notifications, too. The worker stops listening by itself if a pooler swallows them.
        probe_seconds: how often the listening connection proves that notifications still arrive.
        payload_limit: the largest result of one assignment, as JSON.
        statement_seconds: the server ends an exchange that takes longer, and the result that takes so long fails its execution alone.
        hand_back_seconds: how long after the second signal cancelled work may take to end and to be reported.
        blocked_seconds: an executor that holds up the others for so long blocks: the others go on in another thread.
        write_off_seconds: an executor that has not ended so long after it was cancelled counts as lost, and its slot with it.
        written_off_limit: so many slots written off, or every slot of a queue, and the worker drains, to be replaced.
        replace_seconds: how long that drain may take; then the rest is handed back.
        process_limit: how many executors of one type with `isolation = "process"` run at once.
        exchanges_in_flight: 1 or 2; how many exchanges with the database may be under way at once, each over a connection of its own.
        run_ahead: whether nodes without side effects are executed ahead of the report of what they follow, and reported with it.
    """

    database_url: str
    queues: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({"default": 100}))
    workspaces: tuple[str, ...] = ()
    name: str = field(default_factory=name_of_this_process)
    lease_seconds: int = 30
    heartbeat_seconds: float = 2.0
    poll_seconds: float = 1.0
    tick_seconds: float = 5.0
    listen: bool = True
    probe_seconds: float = 15.0
    probe_answer_seconds: float = 3.0
    payload_limit: int = 1024 * 1024
    reply_seconds: float = 60.0
    statement_seconds: float = 30.0
    retry_first_seconds: float = 0.05
    retry_most_seconds: float = 5.0
    hand_back_seconds: float = 10.0
    blocked_seconds: float = 1.0
    write_off_seconds: float = 1.0
    written_off_limit: int = 3
    replace_seconds: float = 30.0
    process_limit: int = 8
    exchanges_in_flight: int = 2
    run_ahead: bool = True

    def __post_init__(self) -> None:
        if not self.queues:
            raise ValueError("a worker serves at least one queue")
        for queue, limit in self.queues.items():
            if not 1 <= len(queue) <= 100 or not 1 <= limit <= 10_000:
                raise ValueError(f"queue {queue!r} with limit {limit}: names have 1 to 100 characters, limits are 1 to 10000")
        if not 1024 <= self.payload_limit <= BYTES_PER_EXCHANGE // 2:
            raise ValueError(f"payload_limit is {self.payload_limit}, it must be 1024 to {BYTES_PER_EXCHANGE // 2} bytes")
        if self.exchanges_in_flight not in (1, 2):
            raise ValueError(f"exchanges_in_flight is {self.exchanges_in_flight}, it must be 1 or 2")
        if self.statement_seconds < 0.1:
            raise ValueError(f"statement_seconds is {self.statement_seconds}, it must be at least 0.1")
        if self.lease_seconds < 1 or self.heartbeat_seconds <= 0 or self.heartbeat_seconds * 2 > self.lease_seconds:
            raise ValueError(f"lease_seconds ({self.lease_seconds}) must be at least twice heartbeat_seconds ({self.heartbeat_seconds})")


def queues_from(options: list[str]) -> dict[str, int]:
    """Reads `["default=100", "slow=4", "mail"]` as queues with limits; the limit is 100 if none is given.

    Raises:
        ValueError: a limit is not a number.
    """
    queues: dict[str, int] = {}
    for option in options:
        name, _, limit = option.partition("=")
        if limit and not limit.isdecimal():
            raise ValueError(f"queue {option!r}: write NAME or NAME=LIMIT, for example default=100")
        queues[name] = int(limit) if limit else 100
    return queues
