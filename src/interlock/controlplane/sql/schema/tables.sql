-- The schema, its clock and its counter. Everything Interlock owns in a database lives in the schema `interlock`.
create schema if not exists interlock;
revoke all on schema interlock from public;

-- Orders the changes of one execution: taken while its row is locked, so that a reader of change N of an execution can see all changes before it.
create sequence interlock.change_numbers cache 1;

-- A row here moves the clock of this database. Only the owner of the schema can insert it; only tests should.
create table interlock.test_clock (
    only_row boolean primary key default true,
    shift    interval not null default interval '0',
    constraint one_clock_only check (only_row)
);

-- The migrations that were applied to this database.
create table interlock.migrations (
    name       text primary key,
    checksum   text not null,
    applied_at timestamptz not null
);
