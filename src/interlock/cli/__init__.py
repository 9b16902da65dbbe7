"""The command line. One file for each command. A command imports what it needs when it is called, so that `--help` is fast."""

__all__ = ["main"]


def main() -> None:
    """Entry point of the command `interlock`."""
    from interlock.cli.app import build_app

    build_app()()
