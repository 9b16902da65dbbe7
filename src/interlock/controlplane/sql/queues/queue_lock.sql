-- Returns the number of the advisory lock that is held while a queue is noted (exclusive) and while a worker looks up its queues (shared), so that no worker
-- misses a queue.
create function interlock.queue_lock() returns bigint language sql immutable as $$
    select pg_catalog.hashtextextended('interlock.queues', 0)
$$;
