"""The command line. One file per command; a command imports what it needs only when it is called, so that `--help` is instant."""

__all__ = ["main"]


def main() -> None:
    """Entry point of the `interlock` command."""
    from interlock.cli.app import build_app

    build_app()()
