"""What goes wrong is said in words: what, where, and how to mend it. `interlock()` itself refuses tracebacks."""

import socket

import pytest

from tests.cli.command import interlock


@pytest.fixture
def nobody() -> str:
    """The address of a database where nobody answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    return f"postgresql://someone@127.0.0.1:{port}/nothing"


@pytest.mark.parametrize("command", ["executions list", "executions show last", "tick", "migrate", "doctor", "explain last", "run x", "worker", "up"])
def test_no_database_ends_with_5(nobody: str, command: str) -> None:
    done = interlock(*command.split(), database=nobody)
    assert done.code == 5, done.stderr
    assert "Error:" in done.said
    assert "mend:" in done.said


def test_an_error_is_a_document_for_programs(nobody: str) -> None:
    error = interlock("executions", "list", "--json", database=nobody).document["error"]
    assert error["code"] == "database_unavailable"
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
