-- Seed 002: the holders of lock keys: by hand, a visit or an execution.
create view interlock.workflow_locks as
select interlock.unscoped_name(l.lock_key) as lock_key, l.holder as locked_by, l.expires_at from interlock.locks l where l.holder is not null and l.expires_at > interlock.now()
union all
select interlock.unscoped_name(a.lock_key), a.execution_id::text || '/' || a.id::text, a.due_at
from interlock.assignments a where a.lock_key is not null and a.status in ('running', 'waiting') and coalesce(a.wait_for, 'time') not in ('order', 'turn')
union all
select interlock.unscoped_name(e.lock_key), e.id::text, e.deadline_at
from interlock.executions e where e.lock_key is not null and e.ended_at is null and e.started_at is not null;
