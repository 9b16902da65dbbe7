"""What is wrong, where, and how to mend it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One finding.

    Attributes:
        code: what it is, for programs; see `codes.py`.
        place: JSON pointer into the definition as given, "" for the whole.
        node: the id of the node that it is about, where there is one.
        message: what is wrong, with the values.
        mend: what to do.
    """

    code: str
    place: str
    message: str
    mend: str
    node: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "place": self.place, "node": self.node, "message": self.message, "mend": self.mend}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All faults, which keep a definition from being saved, and all warnings, which do not; both in order of place of discovery."""

    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()

    @property
    def is_valid(self) -> bool:
        return not self.faults

    def to_json(self) -> dict[str, Any]:
        return {
            "valid": self.is_valid,
            "faults": [fault.to_json() for fault in self.faults],
            "warnings": [fault.to_json() for fault in self.warnings],
        }
