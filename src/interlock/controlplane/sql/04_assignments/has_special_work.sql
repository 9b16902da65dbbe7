-- Whether something is due in these queues that needs a lock or has to run alone. Mostly nothing is, and then nobody looks further.
create function interlock.has_special_work(p_queues text[], p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return exists (
        select from interlock.assignments a
        where a.queue = any (p_queues) and a.status = 'pending' and not a.suspended and a.queue is not null
            and (a.lock_key is not null or a.loss_count >= 2) and a.due_at <= p_now);
end $$;
