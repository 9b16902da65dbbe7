"""Which user of the operating system runs the server: PostgreSQL refuses to run as root."""

import os
import pwd
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypedDict

from interlock.embedded.errors import EmbeddedServerError

UNPRIVILEGED: Final = ("postgres", "nobody")


class Identity(TypedDict, total=False):
    """The arguments of `subprocess` that drop privileges."""

    user: int
    group: int
    extra_groups: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of the operating system. With `drops_privileges` this process is root, and must become that user to run the server."""

    uid: int
    gid: int
    groups: frozenset[int]
    drops_privileges: bool

    @classmethod
    def choose(cls) -> Self:
        """Returns the user of this process; for root, the first of `UNPRIVILEGED` that exists."""
        if os.geteuid() != 0:
            return cls(uid=os.geteuid(), gid=os.getegid(), groups=frozenset({os.getegid(), *os.getgroups()}), drops_privileges=False)
        for name in UNPRIVILEGED:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(uid=entry.pw_uid, gid=entry.pw_gid, groups=frozenset({entry.pw_gid}), drops_privileges=True)
        message = f"PostgreSQL does not run as root, and none of the users {', '.join(UNPRIVILEGED)} exists; create one, or set DATABASE_URL"
        raise EmbeddedServerError(message)

    @property
    def identity(self) -> Identity:
        return Identity(user=self.uid, group=self.gid, extra_groups=[]) if self.drops_privileges else Identity()

    @property
    def name(self) -> str:
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def can_reach(self, path: Path) -> bool:
        """Whether the mode bits let this account pass through every existing folder on the way to `path`."""
        if not self.drops_privileges:
            return True
        return all(self._may_search(folder.stat()) for folder in (path, *path.parents) if folder.is_dir())

    def _may_search(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid in self.groups:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)

    def take_over(self, path: Path) -> None:
        """Make the account the owner of `path`, which this process has just created."""
        if self.drops_privileges:
            os.chown(path, self.uid, self.gid)
