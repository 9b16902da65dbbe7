-- Returns whether something due in these queues needs a lock, needs an executor that not every worker has, or has to run alone. Mostly nothing does, and
-- then no further search is needed.
create function interlock.has_special_work(p_queues text[], p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return exists (select from interlock.claimable_special_assignments a where a.queue = any (p_queues) and a.due_at <= p_now);
end $$;
