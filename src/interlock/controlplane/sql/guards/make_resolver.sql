-- Creates resolve_inline, which calls the function resolve_<kind> of each kind that needs no worker. Run it again after adding a row to node_kinds.
-- resolve_inline returns null if a worker has to decide. A node without a program (inline is null) always goes to a worker.
create function interlock.make_resolver() returns void language plpgsql set search_path = '' as $$
declare
    v_cases text;
begin
    select string_agg(format('when %L then interlock.%I(p_inline, p_input, p_context, p_subject, p_execution_id, p_now)', k.kind, 'resolve_' || k.kind),
        ' ' order by k.kind) into v_cases
    from interlock.node_kinds k
    where not k.needs_worker;
    execute format('create or replace function interlock.resolve_inline(p_kind text, p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, '
        'p_execution_id uuid, p_now timestamptz) returns interlock.resolution language plpgsql stable set search_path = '''' as %L',
        format('begin if p_inline is null then return null; end if; return case p_kind %s end; end', v_cases));
end $$;
