-- One row per key that was ever locked; its row lock guards the counting of the holders. The holder columns are for locks acquired by hand.
create table interlock.locks (
    lock_key   text primary key,
    holder     text,
    expires_at timestamptz,
    token      bigint not null default 0,                -- grows with every holder, which shuts out the previous one
    constraint lock_key_is_sensible check (length(lock_key) between 1 and 500)
);
