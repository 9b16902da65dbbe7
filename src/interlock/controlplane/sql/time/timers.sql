-- Lists everything that time moves, and when; due_at 'infinity': not by time. Each part is its own view, so that an index finds its first row.

-- Waits, timeouts of attempts, and visits that are parked for their turn.
create view interlock.assignment_timers as
select a.due_at, a.execution_id, a.id as assignment_id, a.version_id
from interlock.assignments a
where a.status in ('running', 'waiting') and a.due_at is not null;

-- Visits that were left for a virtual user. To find the first by the index, order by queue and due_at: PostgreSQL does not see that all queues are null.
create view interlock.virtual_user_timers as
select a.queue, a.due_at, a.execution_id, a.id as assignment_id, a.version_id
from interlock.assignments a
where a.status = 'pending' and not a.suspended and a.queue is null;

-- When executions time out.
create view interlock.deadline_timers as
select e.deadline_at as due_at, e.id as execution_id
from interlock.executions e
where e.deadline_at is not null and e.ended_at is null;

-- Executions that one transaction left unfinished: due at once.
create view interlock.unsettled_timers as
select '-infinity'::timestamptz as due_at, e.id as execution_id
from interlock.executions e
where e.unsettled;

-- When workers count as lost.
create view interlock.lease_timers as
select w.heartbeat_at + pg_catalog.make_interval(secs => w.lease_seconds) as due_at, w.id as worker_id
from interlock.workers w
where w.status = 'alive';

create view interlock.timers as
select 'assignment'::text as kind, t.due_at, t.execution_id, t.assignment_id, null::uuid as worker_id from interlock.assignment_timers t
union all
select 'virtual_user', t.due_at, t.execution_id, t.assignment_id, null from interlock.virtual_user_timers t
union all
select 'deadline', t.due_at, t.execution_id, null, null from interlock.deadline_timers t
union all
select 'unsettled', t.due_at, t.execution_id, null, null from interlock.unsettled_timers t
union all
select 'lease', t.due_at, null, null, t.worker_id from interlock.lease_timers t;
