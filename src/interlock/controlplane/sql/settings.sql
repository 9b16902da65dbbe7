-- Sets how PostgreSQL plans the functions that clients call. The tables are empty and were never analysed when the first plans are made and kept, so these
-- settings tell the planner what holds at any size: every row is found by its key, one after another, in the order in which the joins are written.
do $body$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid::regprocedure
        from pg_catalog.pg_proc p
        where p.pronamespace = 'interlock'::regnamespace and p.proname in (
            'exchange', 'start_executions', 'tick', 'cancel', 'cancel_assignment', 'suspend', 'continue', 'retry', 'explain', 'register_worker',
            'stop_worker', 'acquire_workflow_lock', 'release_workflow_lock', 'workflow_start', 'workflow_route', 'workflow_consensus_holding',
            'list_executions', 'count_executions', 'get_offer', 'measure_workspaces')
    loop
        execute pg_catalog.format('alter function %s set jit = off set plan_cache_mode = force_generic_plan set join_collapse_limit = 1
            set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_bitmapscan = off
            set enable_memoize = off set enable_material = off', v_function);
    end loop;
end $body$;
