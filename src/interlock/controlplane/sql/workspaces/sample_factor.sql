-- Returns how many times as many pages a table has as a sample of it may have; 1 if it has no more, so that it is read whole.
create function interlock.sample_factor(p_table regclass, p_pages integer) returns double precision language sql stable set search_path = '' as $$
    select greatest(1, pg_relation_size(p_table)::double precision / current_setting('block_size')::integer / p_pages)
$$;
