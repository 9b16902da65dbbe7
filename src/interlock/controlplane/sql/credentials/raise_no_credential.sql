-- Raises IL040: there is no credential of this id. Caller: the functions of this folder.
create function interlock.raise_no_credential(p_id uuid) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.raise_error('IL040', format('There is no credential %s.', p_id), p_hint => 'It may have been deleted; list the credentials.');
end $$;
