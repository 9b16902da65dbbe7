-- Whoever an assignment can be assigned to. Virtual users (is_system) do what needs neither a worker nor a person.
create table interlock.users (
    id         uuid primary key,
    name       text not null,
    is_system  boolean not null default false,
    created_at timestamptz not null,
    constraint user_names_are_unique unique (name)
);

insert into interlock.users (id, name, is_system, created_at) values
    ('00000000-0000-7000-8000-000000000001', 'START', true, pg_catalog.now()),
    ('00000000-0000-7000-8000-000000000002', 'ROUTER', true, pg_catalog.now()),
    ('00000000-0000-7000-8000-000000000003', 'CONSENSUS', true, pg_catalog.now());
