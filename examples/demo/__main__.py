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

from examples.demo.reporting import Reporter
from examples.demo.running import DemoFailedError, run_demo
from interlock.embedded import EmbeddedServerError


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m examples.demo", description="Real workflows over 344 penguins, with a worker killed in the middle."
    )
    parser.add_argument("--records", type=int, default=None, metavar="N", help="use only N records, at least 20 (default: all 344)")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="keep the database in this folder, to look at it afterwards")
    arguments = parser.parse_args()
    if arguments.records is not None and arguments.records < 20:
        parser.error("--records: at least 20")
    is_terminal = sys.stdout.isatty()
    reporter = Reporter(Console(highlight=False, width=None if is_terminal or "COLUMNS" in os.environ else 150))
    temporary = Path(tempfile.mkdtemp(prefix="interlock-demo-"))
    temporary.chmod(0o711)  # the server of root runs as another user, which must reach the folder inside
    try:
        asyncio.run(run_demo(reporter, arguments.data or temporary / "data", arguments.records))
    except (DemoFailedError, EmbeddedServerError) as error:
        reporter.console.print(f"[bold red]The demo had to stop:[/] {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return conclude(reporter, arguments.data)


def conclude(reporter: Reporter, kept: Path | None) -> int:
    reporter.console.print()
    if reporter.failures:
        reporter.console.print(f"[bold red]{reporter.failures} check{'s' if reporter.failures > 1 else ''} failed[/] after {reporter.elapsed:.1f} s")
        return 1
    reporter.console.print(f"[bold green]Everything held[/], in {reporter.elapsed:.1f} s.")
    if kept is not None:
        reporter.console.print()
        command = shlex.join([str(Path(sys.executable).parent / "interlock"), "up", "--data", str(kept)])
        reporter.console.print(f"See it in the browser: [bold]{escape(command)}[/]", soft_wrap=True)
        reporter.console.print("  It prints the address and a one-time password. The failed execution of [bold]Weighing report[/] is for you to fix:")
        reporter.console.print(
            "  open it, correct `average` in the builder (`weighed` in place of `unweighed`), save, and retry it on the newest version."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
