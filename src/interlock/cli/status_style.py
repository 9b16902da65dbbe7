"""The sign and the colour of each status."""

from typing import Final

STYLE_OF: Final[dict[str, str]] = {
    "pending": "cyan",
    "running": "yellow",
    "waiting": "blue",
    "paused": "magenta",
    "holding": "bright_black",
    "completed": "green",
    "failed": "red",
    "cancelled": "bright_black",
    "timed_out": "red",
    "lost": "red",
}
SIGN_OF: Final[dict[str, str]] = {
    "pending": "○",
    "running": "●",
    "waiting": "◷",
    "paused": "◷",
    "holding": "◌",
    "completed": "✓",
    "failed": "✗",
    "cancelled": "⊘",
    "timed_out": "✗",
}


def status_markup(status: str) -> str:
    """Returns the status with its sign, in its colour, as Rich markup."""
    style = STYLE_OF.get(status, "default")
    return f"[{style}]{SIGN_OF.get(status, '·')} {status}[/]"
