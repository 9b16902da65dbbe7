"""What a command shows when it fails: what happened, where, and how to fix it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interlock.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from interlock.cli.definition_files import CheckedFile


class Problem(Exception):
    """Raised by a command that fails. The runner prints it and ends with its exit code."""

    def __init__(
        self, message: str, *, where: str | None = None, hint: str | None = None, code: str = "usage", exit_code: ExitCode = ExitCode.USAGE
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.code = code
        self.exit_code = exit_code

    def to_json(self) -> dict[str, dict[str, str | None]]:
        return {"error": {"code": self.code, "message": self.message, "where": self.where, "hint": self.hint}}


class InvalidFiles(Exception):
    """Raised for files with errors, which cannot be saved. The runner shows the errors."""

    def __init__(self, files: "Sequence[CheckedFile]") -> None:
        super().__init__(", ".join(file.where for file in files))
        self.files = tuple(files)
