"""What `interlock deploy` would change: the difference of two texts of a workflow, before anything is saved."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from interlock.cli.backend import BackendConnection
from interlock.cli.definition_files import CheckedFile
from interlock.definition.model.checksum import definition_checksum
from interlock.definition.model.workflow import WorkflowDefinition
from interlock.errors import WorkflowNotFound

if TYPE_CHECKING:
    from rich.text import Text

LINES_SHOWN: Final = 400
_LOOKS: Final = {"+": "green", "-": "red", "@": "cyan"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What saving a file would do. `version` is the current one, None for a new workflow; `lines` is a unified difference of the texts."""

    workflow: str
    version: int | None
    lines: Sequence[str] = ()
    is_same_content: bool = False

    @property
    def changes_something(self) -> bool:
        """Whether it changes a workflow that is there."""
        return self.version is not None and bool(self.lines)

    @property
    def heading(self) -> str:
        if self.version is None:
            return f"{self.workflow}: a new workflow"
        if not self.lines:
            return f"{self.workflow}: no change, it stays at version {self.version}"
        if self.is_same_content:
            return f"{self.workflow}: version {self.version} gets another text; what it does stays the same"
        return f"{self.workflow}: changes to version {self.version}"

    def shown(self) -> "Text":
        from rich.text import Text

        text = Text(self.heading, style="bold")
        for line in self.lines[:LINES_SHOWN]:
            text.append("\n" + line, style="not bold " + _LOOKS.get(line[:1], "default"))
        if len(self.lines) > LINES_SHOWN:
            text.append(f"\n… and {len(self.lines) - LINES_SHOWN:,} more lines", style="not bold dim")
        return text

    def to_json(self) -> dict[str, Any]:
        return {"workflow": self.workflow, "version": self.version, "difference": list(self.lines)}


async def read_change(connection: BackendConnection, checked: CheckedFile) -> Change:
    """Compares a file without errors with the current version of the workflow that has its name."""
    name = checked.workflow or ""
    try:
        current = await connection.read_workflow(name)
    except WorkflowNotFound:
        return Change(workflow=name, version=None)
    is_same = definition_checksum(WorkflowDefinition.model_validate(checked.raw)) == current.checksum
    before = current.source if current.source is not None else _plain(current.definition)
    after = checked.source if checked.source is not None and current.source is not None else _plain(checked.raw)
    if is_same and current.source is None:
        return Change(workflow=name, version=current.version, is_same_content=True)
    difference = difflib.unified_diff(before.splitlines(), after.splitlines(), f"version {current.version}", checked.where, lineterm="")
    lines = list(difference)
    if not lines and not is_same:
        lines = ["@@ blanks or line ends only @@"]
    return Change(workflow=name, version=current.version, lines=lines, is_same_content=is_same)


def _plain(raw: Any) -> str:
    """Returns both sides in one form where one of them has no text of its own."""
    return json.dumps(WorkflowDefinition.model_validate(raw).to_json(), indent=2, sort_keys=True, ensure_ascii=False)
