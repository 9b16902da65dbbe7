-- What the role interlock_reader sees of drafts and editors, see reading/policies.sql. Functions that the owner of the tables runs read them.
alter table interlock.drafts enable row level security;
create policy own on interlock.drafts for select using (workspace_id = interlock.current_workspace());

alter table interlock.editors enable row level security;
create policy own on interlock.editors for select using (workspace_id = interlock.current_workspace());
