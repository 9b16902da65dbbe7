-- The decision of a virtual user about a visit.
create type interlock.resolution as (
    status   text,
    ports    text[],
    due_at   timestamptz,
    error    jsonb,
    context  jsonb
);
