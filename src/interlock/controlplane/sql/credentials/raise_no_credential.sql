-- Raises IL040: no credential has this id. Caller: the functions of this folder.
create function interlock.raise_no_credential(p_id uuid) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.raise_error('IL040', format('There is no credential %s.', p_id), p_hint => 'It may have been deleted; list the credentials.');
end $$;
