"""Keeps what the code prints, up to a limit; drops the rest without an error."""

from typing import Literal

LIMIT = 65_536
_CUT = "\n[the rest is left out]"


class Printed:
    def __init__(self, limit: int = LIMIT) -> None:
        self._parts: list[str] = []
        self._free = limit
        self._is_cut = False

    def write(self, _stream: Literal["stdout", "stderr"], text: str) -> None:
        if len(text) > self._free:
            text, self._is_cut = text[: self._free], True
        if text:
            self._parts.append(text)
            self._free -= len(text)

    @property
    def text(self) -> str:
        written = "".join(self._parts).replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        return written + _CUT if self._is_cut else written
