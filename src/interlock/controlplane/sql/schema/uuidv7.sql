-- Returns a UUID of version 7 (RFC 9562): 48 bits of milliseconds, the rest random. PostgreSQL 18 has its own function; older versions do not.
do $body$
begin
    if pg_catalog.current_setting('server_version_num')::integer >= 180000 then
        create function interlock.uuidv7() returns uuid language sql volatile as 'select pg_catalog.uuidv7()';
    else
        create function interlock.uuidv7() returns uuid language sql volatile as $$
            select pg_catalog.encode(
                pg_catalog.set_bit(pg_catalog.set_bit(
                    pg_catalog.overlay(
                        pg_catalog.uuid_send(pg_catalog.gen_random_uuid()),
                        pg_catalog.substring(pg_catalog.int8send((extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint), 3),
                        1, 6),
                    52, 1), 53, 1),
                'hex')::uuid
        $$;
    end if;
end $body$;
