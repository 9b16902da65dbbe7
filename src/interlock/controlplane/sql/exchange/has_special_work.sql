-- Whether something is due in these queues that needs a lock, an executor that not every worker has, or has to run alone. Mostly nothing is, and then
-- nobody looks further.
create function interlock.has_special_work(p_queues text[], p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return exists (select from interlock.claimable_special_assignments a where a.queue = any (p_queues) and a.due_at <= p_now);
end $$;
