"""Records every change number beside the product: which transaction took it, and whether that transaction had locked the execution."""

from typing import Final
from uuid import UUID

from tests.controlplane.plane import Plane

INSTALL: Final = """
create schema change_log;
create table change_log.changes (
    execution_id uuid not null, change_number bigint not null, row_id uuid not null, by_transaction xid8 not null, is_locked boolean not null
);
-- Its lock shows it. A subtransaction that was released has no lock any more, but it is in progress and no other backend holds it.
create function change_log.is_own(p_transaction xid) returns boolean language plpgsql as $$
declare
    v_holder integer := (select l.pid from pg_locks l
                         where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted and l.transactionid = p_transaction);
begin
    return coalesce(v_holder = pg_backend_pid(), pg_xact_status(p_transaction::text::xid8) = 'in progress', false);
exception when invalid_parameter_value then                               -- the number is that of a multixact, not of a transaction
    return false;
end $$;
create function change_log.is_mine(p_transaction xid) returns boolean language plpgsql as $$
begin
    return change_log.is_own(p_transaction) or exists (select from pg_get_multixact_members(p_transaction) m where change_log.is_own(m.xid));
exception when others then                                                -- the number is not that of a multixact
    return false;
end $$;
create function change_log.note() returns trigger language plpgsql as $$
declare
    v_execution uuid := to_jsonb(new) ->> tg_argv[0];
begin
    insert into change_log.changes
    select v_execution, new.change_number, new.id, pg_current_xact_id(), change_log.is_mine(e.xmin) or change_log.is_mine(e.xmax)
    from interlock.executions e where e.id = v_execution;
    return null;
end $$;
create trigger note_new after insert on interlock.executions for each row execute function change_log.note('id');
create trigger note_change after update on interlock.executions for each row
    when (old.change_number <> new.change_number) execute function change_log.note('id');
create trigger note_new after insert on interlock.assignments for each row execute function change_log.note('execution_id');
create trigger note_change after update on interlock.assignments for each row
    when (old.change_number <> new.change_number) execute function change_log.note('execution_id');
"""


class ChangeLog:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    @classmethod
    async def install(cls, plane: Plane) -> "ChangeLog":
        async with plane.pool.connection() as connection:
            await connection.execute(INSTALL.encode())
        return cls(plane)

    async def look(self, execution: UUID) -> tuple[int, str]:
        """Returns the highest change number that can be seen, and the snapshot in which it was seen."""
        [row] = await self._plane.rows(
            """select greatest((select max(a.change_number) from interlock.assignments a where a.execution_id = e.id), e.change_number) as number,
                      pg_current_snapshot()::text as snapshot
               from interlock.executions e where e.id = %s""",
            execution,
        )
        return row["number"], row["snapshot"]

    async def gaps(self, execution: UUID, looks: list[tuple[int, str]]) -> int:
        """Counts the changes that became visible after a change with a higher number."""
        gaps: int = await self._plane.value(
            """select count(*) from unnest(%s::bigint[], %s::pg_snapshot[]) l (number, snapshot)
               join change_log.changes c on c.execution_id = %s and c.change_number <= l.number
               where not pg_visible_in_snapshot(c.by_transaction, l.snapshot)""",
            [number for number, _ in looks],
            [snapshot for _, snapshot in looks],
            execution,
        )
        return gaps

    async def unlocked(self) -> int:
        """Counts the changes by transactions that had not locked the execution."""
        return int(await self._plane.value("select count(*) from change_log.changes where not is_locked"))

    async def count(self) -> int:
        return int(await self._plane.value("select count(*) from change_log.changes"))
