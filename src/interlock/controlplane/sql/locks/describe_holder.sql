-- Describes in words who holds a key, and until when if that is known. Caller: explain_pending.
create function interlock.describe_holder(p_key text, p_now timestamptz, out holder text, out expires_at timestamptz)
language sql stable as $$
    select h.holder, h.expires_at
    from (
        select l.holder, l.expires_at from interlock.locks l where l.lock_key = p_key and l.holder is not null and l.expires_at > p_now
        union all
        select format('node %s of execution %s', n.node_id, a.execution_id), a.due_at
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.lock_key = p_key and a.status in ('running', 'waiting') and coalesce(a.wait_for, 'time') not in ('order', 'turn')
        union all
        select format('execution %s', e.id), e.deadline_at
        from interlock.executions e where e.lock_key = p_key and e.ended_at is null and e.started_at is not null
    ) h
    limit 1
$$;
