"""Ways to do the same work that must come to the same end: with the lean path and without it, by two workers and in the two lanes of one, and with
results of which some come with what ran ahead of them.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """Attributes:
    is_lean: plain results go over the lean path.
    lanes: two exchanges are in flight at once, of one worker.
    run_ahead: workers report what ran ahead of a result with it.
    """

    is_lean: bool = True
    lanes: bool = False
    run_ahead: bool = False

    @property
    def name(self) -> str:
        return f"{'lean' if self.is_lean else 'general'}-{'lanes' if self.lanes else 'workers'}{'-ahead' if self.run_ahead else ''}"

    async def prepare(self, url: str) -> None:
        """Sets the mode of a database, for connections that are opened later."""
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            database = sql.Identifier(connection.info.dbname)
            setting = sql.Literal("on" if self.is_lean else "off")
            await connection.execute(sql.SQL("alter database {} set interlock.lean_path = {}").format(database, setting))


USUAL = Mode()
MODES = tuple(
    Mode(is_lean=is_lean, lanes=lanes, run_ahead=run_ahead)
    for is_lean, run_ahead in ((True, False), (True, True), (False, False))
    for lanes in (False, True)
)
PATHS = (USUAL, Mode(is_lean=False))
