"""Ways to do the same work that must come to the same end: with the lean path and without it, by two workers and in the two lanes of one."""

from dataclasses import dataclass

import psycopg
from psycopg import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """Attributes:
    is_lean: plain results go over the lean path.
    lanes: two exchanges are in flight at once, of one worker.
    """

    is_lean: bool = True
    lanes: bool = False

    @property
    def name(self) -> str:
        return f"{'lean' if self.is_lean else 'general'}-{'lanes' if self.lanes else 'workers'}"

    async def prepare(self, url: str) -> None:
        """Sets the mode of a database, for connections that are opened later."""
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            database = sql.Identifier(connection.info.dbname)
            setting = sql.Literal("on" if self.is_lean else "off")
            await connection.execute(sql.SQL("alter database {} set interlock.lean_path = {}").format(database, setting))


USUAL = Mode()
MODES = tuple(Mode(is_lean=is_lean, lanes=lanes) for is_lean in (True, False) for lanes in (False, True))
PATHS = (USUAL, Mode(is_lean=False))
