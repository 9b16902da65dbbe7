-- One row per key that was ever locked; its row lock guards the counting of the holders. The holder columns are for locks acquired by hand.
create table interlock.locks (
    lock_key   text primary key,                         -- scoped_name of its workspace and the key that the user knows
    holder     text,
    expires_at timestamptz,
    token      bigint not null default 0,                -- grows with every holder, which shuts out the previous one
    constraint lock_key_is_sensible check (length(case when left(lock_key, 1) = '#' then substr(lock_key, strpos(lock_key, ':') + 1) else lock_key end)
        between 1 and 500)                               -- of what the user knows
);
