"""A PgBouncer in transaction mode before one database."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.left_out import leave_out

SETTINGS = """
[databases]
pooled = host=127.0.0.1 port={port} dbname={dbname} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
server_check_delay = 0
logfile = {folder}/pgbouncer.log
"""


def find_pgbouncer() -> str:
    """Returns the path of the program. The test is left out where there is none."""
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
    return found or leave_out("pgbouncer is not installed (Debian: apt-get install pgbouncer)")


@contextmanager
def running_pgbouncer(url: str) -> Iterator[str]:
    """Gives a URL that leads through it."""
    program = find_pgbouncer()
    target = conninfo_to_dict(url)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            listen_port = free.getsockname()[1]
        settings = folder / "pgbouncer.ini"
        settings.write_text(SETTINGS.format(**target, listen_port=listen_port, folder=folder))
        settings.chmod(0o644)
        user = "nobody" if os.geteuid() == 0 else None
        process = subprocess.Popen([program, "-q", str(settings)], user=user, stderr=subprocess.DEVNULL)
        try:
            yield make_conninfo("", host="127.0.0.1", port=listen_port, dbname="pooled", user=target["user"], sslmode="disable", gssencmode="disable")
        finally:
            process.kill()
            process.wait()


async def until_listening(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
