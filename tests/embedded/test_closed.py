"""Who can reach the server: only this machine, only with the password, and over the socket only its own user."""

import socket
import stat
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from interlock.embedded import Server
from tests.embedded.processes import postmaster_of


def listening_addresses(pid: int) -> set[str]:
    """The addresses that a process listens on over TCP, from the kernel's tables."""
    inodes = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if "socket" in str(link.readlink())}
    found = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                words = bytes.fromhex(fields[1].split(":")[0])
                address = b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4))
                found.add(socket.inet_ntop(family, address))
    return found


async def test_the_server_listens_on_loopback_only(private_server: Server) -> None:
    assert listening_addresses(postmaster_of(private_server.data_folder)) == {"127.0.0.1"}


async def test_no_settings_file_opens_the_server_to_the_network(private_server: Server) -> None:
    cluster = private_server.data_folder / "postgres"
    with (cluster / "postgresql.conf").open("a") as file:
        file.write("listen_addresses = '*'\nport = 1\n")
    (cluster / "postgresql.auto.conf").write_text("listen_addresses = '0.0.0.0'\n")
    await private_server.stop()
    await private_server.start()
    assert listening_addresses(postmaster_of(private_server.data_folder)) == {"127.0.0.1"}


@pytest.mark.parametrize("way", ["url", "tcp_url"])
async def test_every_way_to_connect_asks_for_the_password(private_server: Server, way: str) -> None:
    url = getattr(private_server, way)
    async with await psycopg.AsyncConnection.connect(url) as connection:
        row = await (await connection.execute("select rolpassword like 'SCRAM-SHA-256%' from pg_authid where rolname = 'postgres'")).fetchone()
        assert row == (True,)
    for wrong in ({"password": "guess"}, {"password": ""}):
        parts = {**conninfo_to_dict(url), **wrong, "passfile": "/nonexistent"}
        with pytest.raises(psycopg.OperationalError, match=r"password"):
            await psycopg.AsyncConnection.connect(make_conninfo("", **{key: str(value) for key, value in parts.items()}))


async def test_password_socket_and_data_are_closed_to_other_users(private_server: Server) -> None:
    folder = private_server.data_folder
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "server.log").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "postgres").stat().st_mode) == 0o700
    sockets = Path(str(conninfo_to_dict(private_server.url)["host"]))
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert not (folder / "password.initdb").exists()


async def test_a_data_folder_with_a_long_path_has_its_socket_in_a_short_private_one(data_folder: Path) -> None:
    long = data_folder / ("long" * 25)
    async with Server(long) as server:
        sockets = Path(str(conninfo_to_dict(server.url)["host"]))
        assert not sockets.is_relative_to(data_folder)
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert list(sockets.iterdir()) == []
    sockets.rmdir()


async def test_a_port_that_was_taken_meanwhile_is_replaced(data_folder: Path) -> None:
    async with Server(data_folder) as server:
        before = int(str(conninfo_to_dict(server.tcp_url)["port"]))
    async with Server(data_folder) as server:
        assert int(str(conninfo_to_dict(server.tcp_url)["port"])) == before
    with socket.create_server(("127.0.0.1", before)):
        async with Server(data_folder) as server:
            assert int(str(conninfo_to_dict(server.tcp_url)["port"])) != before
