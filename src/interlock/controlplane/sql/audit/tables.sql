-- What people did by hand and the product did by policy. Append-only.
create table interlock.audit_log (
    id           bigint generated always as identity primary key,
    at           timestamptz not null,
    actor        text not null,
    action       text not null,
    execution_id uuid,
    details      jsonb not null default '{}',
    workspace_id integer                                 -- null: of the installation
);
create index audit_log_of_execution on interlock.audit_log (execution_id) where execution_id is not null;
