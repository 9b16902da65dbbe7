"""The team's own database beside Interlock's: SQL_QUERY nodes write there, with a role that can do nothing else."""

import secrets
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

NAME: Final = "demo_results"
TABLES: Final = """
create table penguins (
    execution_id uuid primary key,
    record text not null unique,
    species text not null,
    island text not null,
    route text not null,
    advice text not null,
    rounds integer not null,
    mass_per_flipper numeric,
    latitude numeric,
    writes integer not null default 1
);
create table patrols (execution_id uuid primary key, island text not null unique, stops integer not null, note text not null);
create table reports (execution_id uuid primary key, mirror text not null, report jsonb not null);
"""


async def make_results_database(url: str) -> str:
    """Creates the database and its role anew.

    Returns:
        The URL that workers get as INTERLOCK_SQL_RESULTS_URL.
    """
    password = secrets.token_urlsafe(18)
    name = sql.Identifier(NAME)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        await connection.execute(sql.SQL("drop role if exists {}").format(name))
        await connection.execute(sql.SQL("create role {} login password {}").format(name, sql.Literal(password)))
        await connection.execute(sql.SQL("create database {} owner {}").format(name, name))
    own = make_conninfo(url, dbname=NAME, user=NAME, password=password)
    async with await psycopg.AsyncConnection.connect(own, autocommit=True) as connection:
        await connection.execute(TABLES)
    return own


async def read_results(url: str, query: sql.SQL) -> list[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return await (await connection.execute(query)).fetchall()
