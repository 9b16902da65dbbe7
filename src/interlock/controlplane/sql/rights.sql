-- Functions are nobody's but the owner's until somebody grants them.
select interlock.guard_transitions();
select interlock.make_resolver();
revoke execute on all functions in schema interlock from public;
revoke all on all tables in schema interlock from public;
