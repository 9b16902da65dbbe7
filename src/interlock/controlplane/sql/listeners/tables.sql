-- Processes that listen for the ends of executions. A row counts until expires_at. Without one that counts, no end is announced: NOTIFY makes commits take
-- turns. Vacuum and analyze leave the table alone while it is small: see `workers`.
create table interlock.listeners (
    id         uuid primary key,
    name       text not null,
    expires_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_threshold = 1000000000);
