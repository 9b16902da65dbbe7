-- What was found in a definition is kept with its version, so that reading it needs no work.
alter table interlock.workflow_versions add column warnings jsonb;
