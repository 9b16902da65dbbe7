"""What a benchmark is given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.measuring.outcome import Outcome
from benchmarks.measuring.server import Server
from benchmarks.peers.environment import Peers, PeerUnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """`folder` keeps the data of servers; `is_full` asks for the sizes that take minutes."""

    folder: Path
    server: Server
    peers: Peers
    console: Console
    is_full: bool = False

    def say(self, text: str) -> None:
        """What is going on, for a person who waits."""
        self.console.print(f"[dim]… {text}[/dim]", highlight=False)

    async def peer(self, script: str, **settings: Any) -> dict[str, Any] | None:
        """What the peer's script measured, or None when it cannot run here; then a line says why."""
        self.say(f"running {script}")
        try:
            return await self.peers.run(script, **settings)
        except PeerUnavailableError as reason:
            self.console.print(f"[yellow]{script} left out: {reason}[/yellow]", highlight=False)
            return None


Benchmark = Callable[[Bench], Awaitable[Outcome]]
