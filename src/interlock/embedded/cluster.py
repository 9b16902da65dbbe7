"""Makes the data of a new server, and writes the settings that it runs with."""

import os
import secrets
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Final

from interlock.embedded.binaries import Binaries
from interlock.embedded.errors import EmbeddedServerError
from interlock.embedded.folder import DataFolder

ROLE: Final = "postgres"  # not the name of our schema, which would then be found unqualified as "$user"
DATABASE: Final = "interlock"
_SETTINGS_FILE: Final = "interlock.conf"
_MEBIBYTE: Final = 1024 * 1024


def major_of(folder: DataFolder) -> int | None:
    """Returns the version of PostgreSQL that made the data; None when there are none."""
    try:
        return int((folder.cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def create(folder: DataFolder, binaries: Binaries) -> None:
    """Make the data, under another name first: the next start throws away what a crash left half done."""
    unfinished = folder.unfinished_cluster
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    folder.account.take_over(unfinished)
    password_file = folder.path / "password.initdb"
    _write_private(password_file, password_of(folder))
    folder.account.take_over(password_file)
    try:
        _run_initdb(folder, binaries, unfinished, password_file)
    finally:
        password_file.unlink()
    with (unfinished / "postgresql.conf").open("a") as configuration:
        configuration.write(
            f"\n# Interlock's settings, written at each start; settings below this line override them.\ninclude = '{_SETTINGS_FILE}'\n"
        )
    unfinished.rename(folder.cluster)


def write_settings(folder: DataFolder) -> None:
    """Settings for a machine of 2 cores and more. Durability stays as PostgreSQL ships it."""
    settings = {
        "max_connections": "100",
        "shared_buffers": f"{_shared_mebibytes()}MB",
        "max_wal_size": "2GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "jit": "off",
        "random_page_cost": "1.1",
        "autovacuum": "on",
        "autovacuum_naptime": "15s",
        "autovacuum_vacuum_cost_limit": "2000",
        "password_encryption": "scram-sha-256",
        "log_min_messages": "log",  # the client gets the error of its statement; the log stays small
        "log_checkpoints": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    path = folder.cluster / _SETTINGS_FILE
    text = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    if not path.exists() or path.read_text() != text:
        written = path.with_suffix(".new")
        written.write_text(text)  # beside it first: a full disk must not leave half of it
        folder.account.take_over(written)
        written.replace(path)


def password_of(folder: DataFolder) -> str:
    """Returns the generated password of the server's role; makes one when there is none."""
    try:
        return folder.password.read_text().strip()
    except FileNotFoundError:
        password = secrets.token_urlsafe(24)
        _write_private(folder.password, password)
        return password


def choose_port(folder: DataFolder) -> int:
    """Returns the port of the last run if it is still free, else another free port of loopback."""
    try:
        last = int(folder.port.read_text())
    except (FileNotFoundError, ValueError):
        last = 0
    for port in (last, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            chosen = int(probe.getsockname()[1])
            if chosen != last:
                folder.port.write_text(f"{chosen}\n")
            return chosen
    message = "no free port on 127.0.0.1"
    raise EmbeddedServerError(message)


def command(folder: DataFolder, binaries: Binaries, port: int) -> list[str]:
    """Returns the server's command line. It says where the server listens, so that no settings file can open it to the network."""
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": f'"{folder.socket_folder()}"',
        "unix_socket_permissions": "0700",
    }
    return [str(binaries.postgres), "-D", str(folder.cluster), *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))]


def environment() -> dict[str, str]:
    """Returns the environment of the server's processes, without anything that could change their settings."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _run_initdb(folder: DataFolder, binaries: Binaries, target: Path, password_file: Path) -> None:
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
    arguments: list[str | Path] = [
        "-D",
        target,
        "-U",
        ROLE,
        "-A",
        "scram-sha-256",
        "--pwfile",
        password_file,
        "--encoding=UTF8",
        "--locale=C",
        *locale,
    ]
    done = subprocess.run(
        [binaries.initdb, *arguments], check=False, capture_output=True, text=True, cwd="/", env=environment(), umask=0o077, **folder.account.identity
    )
    if done.returncode != 0:
        message = f"initdb failed in {folder.path}:\n{done.stderr.strip() or done.stdout.strip()}"
        raise EmbeddedServerError(message)


def _write_private(path: Path, content: str) -> None:
    """Write a file that only this user can read. It is written under another name first, so it is complete or not there."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


def _shared_mebibytes() -> int:
    """Returns a sixteenth of the memory, 128 to 512 MiB; the operating system caches the rest."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(128, min(512, memory // 16 // _MEBIBYTE))
