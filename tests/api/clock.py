"""A clock that moves only when a test moves it."""


class Clock:
    """In place of `time.monotonic`."""

    def __init__(self) -> None:
        self._seconds = 1_000.0

    def __call__(self) -> float:
        return self._seconds

    def forward(self, seconds: float) -> None:
        self._seconds += seconds
