-- Unfinished work of people: a definition that may have errors, of a workflow or of one that does not exist yet. Each person has at most one draft of a
-- workflow, and sees only their own. A draft goes with the workflow, and when the person leaves the workspace.
create table interlock.drafts (
    id           uuid not null,                          -- chosen by the caller, and only theirs: two people may choose the same
    user_id      uuid not null,
    workspace_id integer not null,
    workflow_id  uuid references interlock.workflows (id),   -- null: the workflow does not exist yet
    base_version integer,                                -- the version that the person began with
    name         text not null,                          -- as in the definition; empty where it has none
    definition   json,                                   -- json, because jsonb would reorder the keys; null: there is only the text
    text         text,                                   -- as the person has it, while it cannot be read
    syntax       text,
    pins         json not null default '{}',             -- node id -> pinned output
    revision     integer not null default 1,             -- counts the saves, so that a second tab overwrites nothing unseen
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    primary key (user_id, workspace_id, id),
    foreign key (user_id, workspace_id) references interlock.workspace_members on delete cascade,
    constraint draft_has_content check (definition is not null or text is not null),
    constraint draft_text_has_a_syntax check ((text is null) = (syntax is null) and syntax in ('yaml', 'json')),
    constraint draft_base_is_of_a_workflow check (base_version is null or workflow_id is not null)
);
create unique index one_draft_of_a_workflow on interlock.drafts (workflow_id, user_id) where workflow_id is not null;

-- Who has a workflow open in a builder. A row is written every few seconds and counts for half a minute, see report_editing.
create table interlock.editors (
    workflow_id  uuid not null references interlock.workflows (id),
    user_id      uuid not null,
    workspace_id integer not null,
    since        timestamptz not null,
    seen_at      timestamptz not null,
    primary key (workflow_id, user_id),
    foreign key (user_id, workspace_id) references interlock.workspace_members on delete cascade
);
create index editors_of_a_person on interlock.editors (user_id, workspace_id);
