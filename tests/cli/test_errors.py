"""An error says what happened, where, and how to fix it. `interlock()` itself refuses tracebacks."""

import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.cli.command import interlock, start
from tests.servers import TestServer


@pytest.fixture
def nobody() -> str:
    """The address of a database that does not answer."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    return f"postgresql://someone@127.0.0.1:{port}/nothing"


@pytest.mark.parametrize("command", ["executions list", "executions show last", "tick", "migrate", "doctor", "explain last", "run x"])
def test_no_database_ends_with_5(nobody: str, command: str) -> None:
    done = interlock(*command.split(), database=nobody)
    assert done.code == 5, done.stderr
    assert "Error:" in done.said
    assert "hint:" in done.said


def test_an_error_is_a_document_for_programs(nobody: str) -> None:
    error = interlock("executions", "list", "--json", database=nobody).document["error"]
    assert error["code"] == "IL090"
    assert error["message"]
    assert error["hint"]


def test_a_database_without_the_schema_says_to_migrate(empty_database_url: str) -> None:
    for command in ("executions list", "tick"):
        done = interlock(*command.split(), database=empty_database_url)
        assert done.code == 5, done.said
        assert "interlock migrate" in done.said


def test_the_environment_names_the_database(nobody: str) -> None:
    for name in ("DATABASE_URL", "SUPABASE_DB_URL"):
        assert interlock("executions", "list", environment={name: nobody}).code == 5


def test_a_password_is_never_printed(empty_database_url: str) -> None:
    from psycopg.conninfo import conninfo_to_dict

    password = str(conninfo_to_dict(empty_database_url).get("password") or "no password at all")
    for command in ("migrate", "doctor", "executions list"):
        done = interlock(*command.split(), database=empty_database_url)
        assert password not in done.stdout + done.stderr


@pytest.fixture
def stranger(empty_database_url: str) -> Iterator[str]:
    """The address of a database, for a user that owns nothing in it."""
    name, password = f"stranger_{token_hex(4)}", token_hex(8)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} login password {}").format(sql.Identifier(name), sql.Literal(password)))
        yield make_conninfo(empty_database_url, user=name, password=password)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


@pytest.mark.parametrize("command", ["migrate", "up --port 0"])
def test_a_user_that_may_not_make_the_schema_is_refused_with_the_missing_right(stranger: str, command: str) -> None:
    done = interlock(*command.split(), database=stranger)
    assert done.code == 5, done.said
    assert "lacks a right: permission denied for database" in done.said
    assert "grant create on database" in done.said


@pytest.mark.parametrize("command", ["migrate", "up --port 0", "worker", "executions list", "doctor"])
def test_a_user_that_may_not_use_the_schema_is_refused_with_the_missing_right(empty_database_url: str, stranger: str, command: str) -> None:
    assert interlock("migrate", database=empty_database_url).code == 0
    done = interlock(*command.split(), database=stranger)
    assert done.code == 5, done.said
    assert "lacks a right: permission denied for schema interlock" in done.said


@pytest.mark.parametrize("command", ["migrate", "up --port 0", "api --port 0", "worker", "executions list"])
def test_a_database_that_cannot_hold_every_text_is_refused(server: TestServer, command: str) -> None:
    name = f"ascii_{token_hex(4)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template0 encoding 'SQL_ASCII' locale 'C'").format(sql.Identifier(name)))
        try:
            done = interlock(*command.split(), database=server.url(name))
        finally:
            connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))
    assert done.code == 5, done.said
    assert "has the encoding SQL_ASCII" in done.said
    assert "encoding 'UTF8'" in done.said


def test_the_error_names_the_server_that_did_not_answer(nobody: str) -> None:
    port = nobody.rpartition(":")[2].partition("/")[0]
    assert f"port {port} failed" in interlock("executions", "list", database=nobody).said


def test_a_folder_with_other_files_does_not_become_a_data_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    done = interlock("executions", "list", "--data", str(tmp_path))
    assert done.code == 5, done.said
    assert "already holds notes.txt" in done.said
    assert os.listdir(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("place", ["file", "file/below", "file/below/it"])
def test_an_impossible_data_folder_is_refused_with_a_hint(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("no folder")
    done = interlock("executions", "list", "--data", str(tmp_path / place))
    assert done.code == 5, done.said
    assert "name another folder with --data" in done.said


def test_a_schema_that_something_else_made_is_left_alone(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("create schema interlock")
        connection.execute("create table interlock.users (kept integer)")
        for command in ("migrate", "up --port 0"):
            done = interlock(*command.split(), database=empty_database_url)
            assert done.code == 5, done.said
            assert 'relation "users" already exists' in done.said
            assert "name another database" in done.said
        connection.execute("select kept from interlock.users")


def test_an_api_process_waits_for_a_database_that_is_away(nobody: str) -> None:
    running = start("api", "--port", "0", "--json", "--database", nobody)
    try:
        assert running.stdout is not None
        address = json.loads(running.stdout.readline())["address"]
        assert until_it_serves(f"{address}/healthz") == 200
        assert until_it_serves(f"{address}/readyz") == 503
    finally:
        running.terminate()
        running.wait(30)


def until_it_serves(url: str) -> int:
    """Waits until something answers; returns the HTTP status."""
    give_up_at = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError:
            assert time.monotonic() < give_up_at, f"nothing is served at {url}"
            time.sleep(0.05)
