-- Raises what is wrong with a call of exchange, which found that something is. Measuring a payload that is larger than 8 MiB as stored is left to it.
-- Errors: IL013 bad_request, IL091. Caller: exchange. Changes nothing.
create function interlock.check_exchange(p_request bigint, p_results jsonb, p_queues text[], p_limits integer[]) returns void
language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    if jsonb_typeof(p_results) is distinct from 'array' then
        perform interlock.raise_error('IL013', 'The results must be an array.');
    elsif jsonb_array_length(p_results) > 1000 or pg_column_size(p_results) > 8388608 and octet_length(p_results::text) > 12582912 then
        perform interlock.raise_error('IL013', 'One exchange takes at most 1000 results, of 8 MiB of JSON text together.', p_hint => 'Split them over several exchanges.');
    elsif p_request is null then
        perform interlock.raise_error('IL013', 'An exchange needs the number of its request.');
    elsif cardinality(p_queues) is distinct from cardinality(p_limits) or 0 > any (p_limits) or array_position(p_limits, null) is not null
            or '' = any (p_queues) then
        perform interlock.raise_error('IL013', 'Each queue needs a name and a limit of 0 or more.');
    end if;
end $$;
