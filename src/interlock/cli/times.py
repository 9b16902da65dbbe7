"""Times and durations as people read them."""

from datetime import datetime


def duration_text(seconds: float) -> str:
    """Returns `8 ms`, `1.25 s`, `3 min 05 s`, `2 h 14 min` or `3 d 04 h`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.001 else "<1 ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    return f"{hours // 24} d {hours % 24:02d} h"


def span_text(begin: datetime | None, end: datetime | None) -> str:
    return "" if begin is None or end is None else duration_text(max(0.0, (end - begin).total_seconds()))


def time_text(at: datetime | None) -> str:
    """Returns a time in the local time zone of this machine, to the second."""
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
