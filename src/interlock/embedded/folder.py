"""The folder where the server keeps its data, and the files in it."""

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
"""A folder with one of these is a data folder."""
_OTHER_FOLDER: Final = "name another folder with --data"
_LONGEST_SOCKET_PATH: Final = 100  # the kernels take 103 to 107 bytes
_SOCKET_NAME_LENGTH: Final = len("/.s.PGSQL.65535.lock")


def default_data_folder() -> Path:
    """Returns the platform's folder for the data of one user; for root, one below /var/lib/interlock."""
    if os.geteuid() == 0:
        return ROOTS_FOLDER / "default"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "interlock"
    configured = os.environ.get("XDG_DATA_HOME", "")
    base = Path(configured) if os.path.isabs(configured) else Path.home() / ".local" / "share"
    return base / "interlock"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """The paths of one server. `path` is absolute, and the account that runs the server can reach it."""

    path: Path
    account: Account

    @classmethod
    def open(cls, requested: Path, account: Account) -> Self:
        """Find the folder, or make it.

        Root's server runs as another user. Where that user cannot reach `requested` (for example below a home of mode 0700), the data live in a
        folder below /var/lib/interlock, and `requested` holds a link to it. The mode of a folder that is not ours is never changed.
        """
        requested = _make_folder(Path(os.path.abspath(requested.expanduser())), account)
        moved = requested / _MOVED
        if moved.is_symlink():
            return cls(path=_make_folder(moved.readlink(), account).resolve(), account=account)
        _check_nothing_else_inside(requested)
        requested = requested.resolve()
        if account.can_reach(requested):
            return cls(path=requested, account=account)
        if (requested / "postgres").exists():
            message = (
                f"the user {account.name}, who runs the server, cannot reach the data in {requested}; let that user pass through its parent folders"
            )
            raise EmbeddedServerError(message)
        elsewhere = _make_folder(ROOTS_FOLDER / "elsewhere" / _digest(requested), account).resolve()
        if not account.can_reach(elsewhere):
            message = f"the user {account.name}, who runs the server, can reach neither {requested} nor {elsewhere}; name another data folder"
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
        """Returns a folder of mode 0700 that belongs to the server's account.

        It is in the data folder, or in the temporary one where that path is too long for a socket.
        """
        inside = self.path / "socket"
        if len(os.fsencode(inside)) + _SOCKET_NAME_LENGTH <= _LONGEST_SOCKET_PATH:
            return self._make_private(inside)
        short = Path("/tmp")  # noqa: S108  # the shortest there is; _make_private trusts only a folder that is ours and closed
        return self._make_private((short if short.is_dir() else Path(tempfile.gettempdir())) / f"interlock-{self.account.uid}-{_digest(self.path)}")

    def _make_private(self, folder: Path) -> Path:
        try:
            folder.mkdir(mode=0o700)
            self.account.take_over(folder)
        except FileExistsError:
            pass
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != self.account.uid or stat.S_IMODE(status.st_mode) != 0o700:
            message = f"{folder} should be a folder of mode 0700 that belongs to {self.account.name}; remove it"
            raise EmbeddedServerError(message)
        return folder


def _make_folder(folder: Path, account: Account) -> Path:
    """Make the folder, and the parents that are missing. It is private to its user; through root's folders, the server's user can pass."""
    mode = 0o711 if account.drops_privileges else 0o700
    try:
        if not folder.parent.exists():
            _make_folder(folder.parent, account)
        folder.mkdir(mode=mode)
        folder.chmod(mode)  # whatever the umask says
    except FileExistsError:
        if not folder.is_dir():
            message = f"{folder} is not a folder"
            raise EmbeddedServerError(message, hint=_OTHER_FOLDER) from None
    except OSError as error:
        message = f"the data folder {folder} cannot be created: {error.strerror}"
        raise EmbeddedServerError(message, hint=_OTHER_FOLDER) from error
    return folder


def _check_nothing_else_inside(folder: Path) -> None:
    """Raise for a folder that holds something else, for example a home: it is not filled with a database."""
    try:
        inside = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        message = f"the data folder {folder} cannot be read: {error.strerror}"
        raise EmbeddedServerError(message, hint=_OTHER_FOLDER) from error
    foreign = [name for name in inside if not name.startswith(".") and name != "lost+found"]
    if foreign and _OWN.isdisjoint(inside):
        message = f"the data folder {folder} already holds {', '.join(foreign[:3])}{' …' if len(foreign) > 3 else ''}"
        raise EmbeddedServerError(message, hint="name an empty or a new folder with --data")


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
