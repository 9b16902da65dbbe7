-- The queues that versions name. Each workspace has its own: a name stands for another queue in each. Wherever rows name a queue, they hold its key.
create table interlock.queues (
    key          text primary key,                       -- see queue_key
    workspace_id integer not null references interlock.workspaces (id),
    name         text not null
);
create index queues_of_name on interlock.queues (name);
