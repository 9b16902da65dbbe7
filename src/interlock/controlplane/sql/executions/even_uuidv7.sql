-- Returns a UUID of version 7 whose last digit is even. Workers report executions with such ids in their first lane, where they are offered visits too.
create function interlock.even_uuidv7() returns uuid language sql volatile as $$
    select (left(i.id, 35) || translate(right(i.id, 1), '13579bdf', '02468ace'))::uuid from (select interlock.uuidv7()::text as id offset 0) i
$$;
