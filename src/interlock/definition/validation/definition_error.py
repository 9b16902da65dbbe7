"""What is wrong in a definition, where, and how to fix it."""

from dataclasses import dataclass
from typing import Any, Final

LONGEST_PLACE: Final = 1_000
LONGEST_TEXT: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionError:
    """One error or warning.

    Attributes:
        code: what it is, for programs; `codes.py` lists all.
        place: JSON pointer into the definition as given, "" for the whole; of at most 1,000 characters, else that of a part around the place.
        node: the id of the node that it is about, if there is one.
        message: what is wrong, with the values.
        hint: what to do.
    """

    code: str
    place: str
    message: str
    hint: str
    node: str | None = None

    def __post_init__(self) -> None:
        """Keeps it short: a key of the definition may be as long as the definition, and be the place of a thousand errors."""
        if len(self.place) > LONGEST_PLACE:
            object.__setattr__(self, "place", self.place[:LONGEST_PLACE].rpartition("/")[0])
        for name in ("message", "hint"):
            if len(getattr(self, name)) > LONGEST_TEXT:
                object.__setattr__(self, name, f"{getattr(self, name)[:LONGEST_TEXT]}…")

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "place": self.place, "node": self.node, "message": self.message, "hint": self.hint}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All errors, which prevent a definition from being saved, and all warnings, which do not. Both are in the order in which they were found."""

    errors: tuple[DefinitionError, ...] = ()
    warnings: tuple[DefinitionError, ...] = ()

    @property
    def is_valid(self) -> bool:
        return not self.errors

    def to_json(self) -> dict[str, Any]:
        return {
            "valid": self.is_valid,
            "errors": [error.to_json() for error in self.errors],
            "warnings": [error.to_json() for error in self.warnings],
        }
