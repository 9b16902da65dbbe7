"""Where the server keeps its data, and what lies where inside that folder."""

import hashlib
import os
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from interlock.embedded.account import Account
from interlock.embedded.errors import EmbeddedServerError

ROOTS_FOLDER: Final = Path("/var/lib/interlock")
_MOVED: Final = "data"
_OWN: Final = frozenset({"postgres", "postgres.new", "start.lock", "encryption.key"})
"""One of these makes it a data folder."""
_OTHERWISE: Final = "name another with --data"
_LONGEST_SOCKET_PATH: Final = 100  # the kernels take 103 to 107 bytes
_SOCKET_NAME_LENGTH: Final = len("/.s.PGSQL.65535.lock")


def default_data_folder() -> Path:
    """The platform's folder for the data of one user; /var/lib/interlock for root."""
    if os.geteuid() == 0:
        return ROOTS_FOLDER / "default"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "interlock"
    configured = os.environ.get("XDG_DATA_HOME", "")
    base = Path(configured) if os.path.isabs(configured) else Path.home() / ".local" / "share"
    return base / "interlock"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """The paths of one server. `path` is absolute, and the account that runs the server reaches it."""

    path: Path
    account: Account

    @classmethod
    def open(cls, requested: Path, account: Account) -> Self:
        """Make the folder, or find it.

        Root's server runs as another user. Where that user cannot reach `requested` (say below a home of mode 0700), the data live in a folder of
        their own below /var/lib/interlock, and `requested` holds a link to them; no mode of a folder that is not ours is changed.
        """
        requested = _made(Path(os.path.abspath(requested.expanduser())), account)
        moved = requested / _MOVED
        if moved.is_symlink():
            return cls(path=_made(moved.readlink(), account).resolve(), account=account)
        _refuse_foreign(requested)
        requested = requested.resolve()
        if account.reaches(requested):
            return cls(path=requested, account=account)
        if (requested / "postgres").exists():
            message = (
                f"the data in {requested} cannot be reached by the user {account.name}, who runs the server; let that user pass through its parents"
            )
            raise EmbeddedServerError(message)
        elsewhere = _made(ROOTS_FOLDER / "elsewhere" / _digest(requested), account).resolve()
        if not account.reaches(elsewhere):
            message = f"the user {account.name}, who runs the server, reaches neither {requested} nor {elsewhere}; name another data folder"
            raise EmbeddedServerError(message)
        moved.symlink_to(elsewhere)
        return cls(path=elsewhere, account=account)

    @property
    def cluster(self) -> Path:
        return self.path / "postgres"

    @property
    def unfinished_cluster(self) -> Path:
        return self.path / "postgres.new"

    @property
    def password(self) -> Path:
        return self.path / "password"

    @property
    def port(self) -> Path:
        return self.path / "port"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def start_lock(self) -> Path:
        return self.path / "start.lock"

    @property
    def holders_lock(self) -> Path:
        return self.path / "holders.lock"

    @property
    def server_lock(self) -> Path:
        return self.path / "server.lock"

    @property
    def guardian_lock(self) -> Path:
        return self.path / "guardian.lock"

    def socket_folder(self) -> Path:
        """A folder of mode 0700 of the server's account: in the data folder, or in the temporary one where that path is too long for a socket."""
        inside = self.path / "socket"
        if len(os.fsencode(inside)) + _SOCKET_NAME_LENGTH <= _LONGEST_SOCKET_PATH:
            return self._private(inside)
        short = Path("/tmp")  # noqa: S108  # the shortest there is; _private trusts only a folder that is ours and closed
        return self._private((short if short.is_dir() else Path(tempfile.gettempdir())) / f"interlock-{self.account.uid}-{_digest(self.path)}")

    def _private(self, folder: Path) -> Path:
        try:
            folder.mkdir(mode=0o700)
            self.account.give(folder)
        except FileExistsError:
            pass
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != self.account.uid or stat.S_IMODE(status.st_mode) != 0o700:
            message = f"{folder} should be a folder of mode 0700 that belongs to {self.account.name}; remove it"
            raise EmbeddedServerError(message)
        return folder


def _made(folder: Path, account: Account) -> Path:
    """The folder, made with the parents that are missing: private to its user; root's can be passed through by the server's user."""
    mode = 0o711 if account.drops else 0o700
    try:
        if not folder.parent.exists():
            _made(folder.parent, account)
        folder.mkdir(mode=mode)
        folder.chmod(mode)  # whatever the umask says
    except FileExistsError:
        if not folder.is_dir():
            message = f"{folder} is not a folder"
            raise EmbeddedServerError(message, hint=_OTHERWISE) from None
    except OSError as error:
        message = f"the data folder {folder} cannot be made: {error.strerror}"
        raise EmbeddedServerError(message, hint=_OTHERWISE) from error
    return folder


def _refuse_foreign(folder: Path) -> None:
    """A folder that holds something else, say a home, is not filled with a database."""
    try:
        inside = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        message = f"the data folder {folder} cannot be read: {error.strerror}"
        raise EmbeddedServerError(message, hint=_OTHERWISE) from error
    foreign = [name for name in inside if not name.startswith(".") and name != "lost+found"]
    if foreign and _OWN.isdisjoint(inside):
        message = f"the data folder {folder} holds other things: {', '.join(foreign[:3])}{' …' if len(foreign) > 3 else ''}"
        raise EmbeddedServerError(message, hint="name an empty or a new one with --data")


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
