"""`python -m benchmarks [NAME …] [--full]`: run all or the named ones; a table for a person, and last a line of JSON for a program."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from benchmarks.bench import Bench
from benchmarks.catalog import BENCHMARKS
from benchmarks.measuring.home import open_server
from benchmarks.measuring.machine import describe_machine
from benchmarks.measuring.outcome import Outcome
from benchmarks.measuring.report import print_json, print_outcome, table, verdict
from benchmarks.peers.environment import Peers

FOLDER = Path(__file__).parents[1] / ".bench"


async def main(names: Sequence[str], *, is_full: bool, console: Console) -> None:
    prepare_folder()
    async with open_server(FOLDER) as server:
        bench = Bench(folder=FOLDER, server=server, peers=Peers(folder=FOLDER / "peers", server=server), console=console, is_full=is_full)
        outcomes, seconds = [], {}
        for name in names:
            console.rule(f"[bold]{name}[/bold]", align="left")
            machine, started = describe_machine(server.version), time.perf_counter()
            outcome = await BENCHMARKS[name](bench)
            seconds[name] = time.perf_counter() - started
            outcomes.append(outcome)
            print_outcome(console, outcome, {**machine, "server": server.settings})
    if len(outcomes) > 1:
        summarise(console, outcomes, seconds)


def summarise(console: Console, outcomes: Sequence[Outcome], seconds: dict[str, float]) -> None:
    console.rule("[bold]all[/bold]", align="left")
    rows = [(outcome.name, outcome.figure, outcome.unit, outcome.target, answer(outcome), seconds[outcome.name]) for outcome in outcomes]
    console.print(table("All benchmarks", "benchmark", "figure", "unit", "target", "met", "took, s", rows=rows))
    judged = [outcome for outcome in outcomes if outcome.is_met is not None]
    met = [outcome for outcome in judged if outcome.is_met]
    print_json(
        console,
        {
            "name": "all",
            "figure": len(met),
            "unit": "benchmarks met",
            "target": len(judged),
            "met": len(met) == len(judged),
            "missed": [Text.from_markup(verdict(outcome)).plain for outcome in judged if not outcome.is_met],
            "seconds": round(sum(seconds.values()), 1),
        },
    )


def answer(outcome: Outcome) -> str:
    return {True: "yes", False: "no", None: "-"}[outcome.is_met]


def prepare_folder() -> None:
    """Git ignores the folder by itself. A server of root's runs as another user, who must be able to pass through."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Run Interlock's benchmarks, each on a fresh database.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run: {', '.join(BENCHMARKS)}; all without one")
    parser.add_argument("--full", action="store_true", help="the size that takes minutes: a million nodes in the benchmark cost")
    parsed = parser.parse_args(arguments)
    unknown = [name for name in parsed.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    return parsed


if __name__ == "__main__":
    parsed = parse(sys.argv[1:])
    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "140"))
    asyncio.run(main(parsed.names or list(BENCHMARKS), is_full=parsed.full, console=Console(width=width)))
