"""Whom SQL_QUERY connects as, where to, and what it takes of its worker: real servers, roles, files and variables."""

import ipaddress
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from interlock.nodes import Credential, NodeError
from interlock.nodes.action_node.http_request.addresses import Address, PrivateHosts
from interlock.nodes.action_node.sql_query.connections import SqlConnections
from interlock.nodes.action_node.sql_query.executor import SqlQuery
from interlock.nodes.credential import SecretFields
from tests.nodes.contexts import context_for

USER, OTHER = "interlock_test_sql_guest", "interlock_test_sql_other"
REACHING_OUT = ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files")


@pytest.fixture
def admin(empty_database_url: str) -> Iterator[psycopg.Connection]:
    """A superuser in a database without a control plane, with two roles that may log in."""
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        for role in (USER, OTHER):
            connection.execute(f"drop role if exists {role}")
            connection.execute(f"create role {role} login password 'pa55word'")
        yield connection
        connection.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = any (%s)", [[USER, OTHER]])
        connection.execute(f"drop role {USER}, {OTHER}")


@pytest.fixture
def dsn(admin: psycopg.Connection, empty_database_url: str) -> str:
    """How the user connects over TCP."""
    del admin  # makes the user
    parts = conninfo_to_dict(empty_database_url)
    host = "127.0.0.1" if str(parts.get("host", "/")).startswith("/") else str(parts["host"])
    return make_conninfo(host=host, port=parts.get("port"), dbname=parts.get("dbname"), user=USER, password="pa55word")


Make = Callable[..., SqlQuery]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[SqlQuery] = []

    def make_one(**options: Any) -> SqlQuery:
        made.append(SqlQuery(connections=SqlConnections(**options)))
        return made[-1]

    yield make_one
    for executor in made:
        await executor.close()


async def by_credential(executor: SqlQuery, dsn: str, query: str = "select 1 as one", **more: Any) -> Any:
    credential = Credential(name="shop", kind="postgres", fields=SecretFields({"dsn": dsn}))
    context = context_for(executor, {"credential": "shop", "query": query, **more}, credentials={"credential": credential})
    return (await executor.execute(context)).output["rows"]


async def by_name(executor: SqlQuery, query: str = "select 1 as one") -> Any:
    return (await executor.execute(context_for(executor, {"database": "shop", "query": query}))).output["rows"]


async def refusal(rows: Any) -> NodeError:
    with pytest.raises(NodeError) as raised:
        await rows
    assert "pa55word" not in str(raised.value.to_json())
    return raised.value


LOCAL: dict[str, Any] = {"private": PrivateHosts.parse("127.0.0.1, localhost")}
PRIVATE: dict[str, Any] = {"allow_private_addresses": True}


@pytest.mark.parametrize("role", REACHING_OUT)
async def test_a_member_of_a_role_that_reaches_out_of_the_database_is_refused_in_every_database(
    make: Make, dsn: str, admin: psycopg.Connection, role: str
) -> None:
    executor = make(environment={"INTERLOCK_SQL_SHOP_URL": dsn}, **LOCAL)
    assert await by_name(executor) == [{"one": 1}]
    admin.execute(f"grant {role} to {OTHER}")
    admin.execute(f"grant {OTHER} to {USER}")
    for attempt in (by_name(executor), by_credential(executor, dsn, **PRIVATE)):
        error = await refusal(attempt)
        assert (error.code, error.retryable) == ("database_refused", False)
        assert role in error.message


@pytest.mark.parametrize("becomes", ["superuser", "member of a superuser"])
async def test_a_superuser_is_refused_in_every_database(make: Make, dsn: str, admin: psycopg.Connection, becomes: str) -> None:
    executor = make(environment={"INTERLOCK_SQL_SHOP_URL": dsn}, **LOCAL)
    assert await by_name(executor) == [{"one": 1}]
    admin.execute(f"alter role {USER} superuser" if becomes == "superuser" else f"alter role {OTHER} superuser")
    admin.execute(f"grant {OTHER} to {USER}")
    for attempt in (by_name(executor), by_credential(executor, dsn, **PRIVATE)):
        error = await refusal(attempt)
        assert error.code == "database_refused"
        assert "superuser" in error.message


async def test_who_may_create_roles_is_refused_where_that_gives_every_role(make: Make, dsn: str, admin: psycopg.Connection) -> None:
    """Before version 16 a role with CREATEROLE can make itself a member of pg_execute_server_program."""
    admin.execute(f"alter role {USER} createrole")
    executor = make(environment={"INTERLOCK_SQL_SHOP_URL": dsn})
    if admin.info.server_version < 160000:
        assert "may create roles" in (await refusal(by_name(executor))).message
    else:
        assert await by_name(executor) == [{"one": 1}]


async def test_nothing_of_the_workers_environment_or_files_is_used(make: Make, dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parts = conninfo_to_dict(dsn)
    (tmp_path / ".pgpass").write_text(f"*:*:*:{USER}:pa55word\n")
    (tmp_path / ".pgpass").chmod(0o600)
    service = tmp_path / "services"
    service.write_text(f"[mine]\npassword=pa55word\noptions=-c work_mem=77kB\nsslkeylogfile={tmp_path / 'keys'}\n")
    for name, value in {
        "HOME": str(tmp_path), "PGPASSFILE": str(tmp_path / ".pgpass"), "PGPASSWORD": "pa55word", "PGSERVICEFILE": str(service),
        "PGSERVICE": "mine", "PGOPTIONS": "-c work_mem=88kB", "PGAPPNAME": "worker", "PGTZ": "Asia/Tokyo", "PGDATESTYLE": "German",
        "PGCLIENTENCODING": "LATIN1", "PGHOSTADDR": "192.0.2.1", "PGTARGETSESSIONATTRS": "standby", "PGCONNECT_TIMEOUT": "0", "PGDATABASE": "none",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    executor = make(environment={"INTERLOCK_SQL_SHOP_URL": dsn}, **LOCAL)
    settings = """select current_setting('work_mem') as memory, current_setting('application_name') as name,
        now()::text like '%+00' as is_utc, 'é' as text"""
    plain = {"memory": "4MB", "name": "interlock SQL_QUERY", "is_utc": True, "text": "é"}
    assert await by_name(executor, settings) == [plain]
    assert await by_credential(executor, dsn, settings, **PRIVATE) == [plain]
    without = " ".join(f"{name}={value}" for name, value in parts.items() if name != "password")
    assert (await refusal(by_credential(executor, without, **PRIVATE))).code == "database_login"
    assert (await refusal(by_name(make(environment={"INTERLOCK_SQL_SHOP_URL": without})))).code == "database_login"
    assert not (tmp_path / "keys").exists()
    assert os.environ["PGSERVICE"] == "mine"


async def test_the_host_of_a_credential_follows_the_rules_of_http_request(make: Make, dsn: str) -> None:
    executor = make(**LOCAL)
    error = await refusal(by_credential(executor, dsn))
    assert (error.code, error.retryable, error.details["address"]) == ("address_refused", False, "127.0.0.1")
    assert "INTERLOCK_HTTP_ALLOW_PRIVATE" in str(error.hint)
    assert (await refusal(by_credential(make(private=PrivateHosts()), dsn, **PRIVATE))).code == "address_refused"
    assert await by_credential(executor, dsn, **PRIVATE) == [{"one": 1}]
    assert (await refusal(by_credential(executor, dsn))).code == "address_refused", "a connection is lent only to who may make it"


async def test_a_name_is_resolved_once_and_every_address_is_checked(make: Make, dsn: str) -> None:
    asked: list[str] = []

    async def resolver(host: str, port: int) -> list[Address]:
        del port
        asked.append(host)
        known = {"db.example": ["127.0.0.1"], "two.example": ["127.0.0.1", "10.0.0.1"], "cloud.example": ["169.254.169.254"]}
        if host not in known:
            raise OSError("unknown")
        return [ipaddress.ip_address(address) for address in known[host]]

    executor = make(private=PrivateHosts.parse("127.0.0.1, cloud.example"), resolver=resolver)
    assert await by_credential(executor, make_conninfo(dsn, host="db.example"), **PRIVATE) == [{"one": 1}]
    assert await by_credential(executor, make_conninfo(dsn, host="gone.example,db.example"), **PRIVATE) == [{"one": 1}]
    assert asked == ["db.example", "gone.example", "db.example"]
    for hosts in ("two.example", "db.example,two.example", "cloud.example"):
        assert (await refusal(by_credential(executor, make_conninfo(dsn, host=hosts), **PRIVATE))).code == "address_refused"
    gone = await refusal(by_credential(executor, make_conninfo(dsn, host="gone.example"), **PRIVATE))
    assert (gone.code, gone.retryable) == ("database_unavailable", True)


@pytest.mark.parametrize("more", ["options='-c role=none'", "passfile=/tmp/x", "hostaddr=127.0.0.1", "host=/tmp", "sslrootcert=/tmp/x", "service=x"])
async def test_what_a_credential_may_not_say_is_refused_at_run_time_too(make: Make, dsn: str, more: str) -> None:
    error = await refusal(by_credential(make(**LOCAL), f"{dsn} {more}", **PRIVATE))
    assert (error.code, error.retryable) == ("database_unusable", False)
    assert error.hint is not None
    assert error.hint.endswith("save its dsn again")


async def test_the_operators_own_url_may_have_options_and_reach_any_address(make: Make, dsn: str) -> None:
    executor = make(environment={"INTERLOCK_SQL_SHOP_URL": make_conninfo(dsn, options="-c work_mem=99kB")}, private=PrivateHosts())
    assert await by_name(executor, "select current_setting('work_mem') as memory") == [{"memory": "99kB"}]


async def test_a_server_without_a_trusted_certificate_is_refused_if_the_connection_string_asks_for_one(make: Make, dsn: str) -> None:
    for more in ("sslmode=verify-full", "sslmode=verify-full sslrootcert=system"):
        error = await refusal(by_credential(make(**LOCAL), f"{dsn} {more}", **PRIVATE))
        assert error.code == "database_unavailable"
