-- When each sweep last looked for what is due in workspaces that have little of it, behind another one that has much; one row each, once one had to.
create table interlock.sweeps (
    sweep     text primary key,                          -- timers, virtual, deadlines, unsettled, locks, holding; start and route of cron mode
    looked_at timestamptz not null,                      -- by the clock of the server
    took      interval not null
);
