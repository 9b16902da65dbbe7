"""`python -m examples.demo`: the demo as a program."""

import argparse
import asyncio
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from examples.demo.story import DemoFailedError, tell
from examples.demo.telling import Teller
from interlock.embedded import EmbeddedServerError


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m examples.demo", description="Real workflows over 344 penguins, with a worker killed in the middle."
    )
    parser.add_argument("--records", type=int, default=None, metavar="N", help="take only so many records, at least 20 (default: all 344)")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="keep the database in this folder afterwards, to look into it")
    arguments = parser.parse_args()
    if arguments.records is not None and arguments.records < 20:
        parser.error("--records: at least 20")
    is_terminal = sys.stdout.isatty()
    teller = Teller(Console(highlight=False, width=None if is_terminal or "COLUMNS" in os.environ else 150))
    temporary = Path(tempfile.mkdtemp(prefix="interlock-demo-"))
    temporary.chmod(0o711)  # root's server runs as another user, who has to pass through
    try:
        asyncio.run(tell(teller, arguments.data or temporary / "data", arguments.records))
    except (DemoFailedError, EmbeddedServerError) as error:
        teller.console.print(f"[bold red]The demo could not go on:[/] {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return conclude(teller, arguments.data)


def conclude(teller: Teller, kept: Path | None) -> int:
    teller.console.print()
    if teller.failures:
        teller.console.print(f"[bold red]{teller.failures} check{'s' if teller.failures > 1 else ''} failed[/] after {teller.elapsed:.1f} s")
        return 1
    teller.console.print(f"[bold green]Everything held[/], in {teller.elapsed:.1f} s.")
    if kept is not None:
        teller.console.print()
        command = shlex.join([str(Path(sys.executable).parent / "interlock"), "up", "--data", str(kept)])
        teller.console.print(f"See it in the browser: [bold]{escape(command)}[/]", soft_wrap=True)
        teller.console.print("  It prints the address and a one-time password. The failed execution of [bold]Weighing report[/] is yours to fix:")
        teller.console.print(
            "  open it, correct `average` in the builder (`weighed` in place of `unweighed`), save, and retry it on the newest version."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
