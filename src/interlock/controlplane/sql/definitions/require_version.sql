-- Raises IL019 unless the expected version is the workflow's current one; null: any version will do. Caller: update_workflow, delete_workflow.
create function interlock.require_version(p_workflow interlock.workflows, p_expected_version integer) returns void
language plpgsql set search_path = '' as $$
begin
    if p_workflow.current_version <> p_expected_version then
        perform interlock.raise_error('IL019', format('The workflow %s is at version %s, not %s.', p_workflow.name, p_workflow.current_version,
            p_expected_version), p_hint => 'Read the workflow again, and repeat the change in its current version.');
    end if;
end $$;
