-- Only the owner may call the functions until somebody grants the right to another role.
select interlock.guard_transitions();
select interlock.make_resolver();
revoke execute on all functions in schema interlock from public;
revoke all on all tables in schema interlock from public;
