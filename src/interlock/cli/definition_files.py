"""Workflow files: read, checked, compiled, saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from interlock.cli.problem import Problem
from interlock.controlplane import ControlPlane
from interlock.definition import NodeTypeLookup, SoundDefinition, check_definition, find_positions
from interlock.definition.reading.files import read_file_and_text
from interlock.definition.reading.places import Position
from interlock.definition.validation.definition_error import DefinitionError, Report
from interlock.json_text import UnreadableValue
from interlock.nodes import NodeExecutorFactory

SUFFIXES: Final = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedWorkflow:
    """Where a definition was saved. `created` is false if the same content was saved before."""

    workflow_id: UUID
    name: str
    version: int
    nodes: int
    created: bool

    @property
    def shown(self) -> str:
        return f"[bold]{self.name}[/] v{self.version}, {self.nodes} nodes{'' if self.created else ' [dim](unchanged)[/]'}"

    def to_json(self) -> dict[str, Any]:
        return {"workflow_id": self.workflow_id, "workflow": self.name, "version": self.version, "nodes": self.nodes, "created": self.created}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """A file with a definition and all of its errors. `workflow` (its name) and `nodes` (their number) are None if there are errors.

    `source` is its text. `sound` is set if this program checked it, and not a server. `positions` has the line and the column of each
    place of an error or a warning.
    """

    where: str
    raw: Any = None
    source: str | None = None
    workflow: str | None = None
    nodes: int | None = None
    sound: SoundDefinition | None = None
    report: Report = field(default_factory=Report)
    positions: Mapping[str, Position] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        return self.report.is_valid

    async def save(self, plane: ControlPlane, note: str | None = None) -> DeployedWorkflow:
        assert self.sound is not None
        definition = self.sound.definition
        saved = await plane.save_workflow(
            definition.name,
            definition.to_json(),
            self.sound.compiled_json(),
            self.sound.checksum,
            list(definition.tags),
            note=note,
            source=self.source if self.source is not None else self.sound.source_text(),
            is_written=self.source is not None,
        )
        return DeployedWorkflow(
            workflow_id=saved.workflow_id, name=definition.name, version=saved.version, nodes=len(definition.nodes), created=saved.created
        )


def is_file_name(text: str) -> bool:
    """Returns whether the text is the name of a file, and not of a workflow."""
    return text.lower().endswith(SUFFIXES) or "/" in text


def read_all(files: Sequence[str]) -> list[CheckedFile]:
    """Read and check each file.

    Raises:
        Problem: a file cannot be opened.
    """
    node_types = NodeExecutorFactory.from_entry_points()
    return [
        loaded if isinstance(loaded := load(file), CheckedFile) else locate(replace(check(loaded.raw, file, node_types), source=loaded.source))
        for file in files
    ]


def locate(checked: CheckedFile) -> CheckedFile:
    """Adds the lines and columns of what was found in a file. A file that has changed or gone meanwhile has none."""
    places = {error.place for error in (*checked.report.errors, *checked.report.warnings)}
    if not places:
        return checked
    try:
        text = Path(checked.where).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return checked
    return replace(checked, positions=find_positions(text, places))


def check(raw: Any, where: str, node_types: NodeTypeLookup | None = None) -> CheckedFile:
    """Check a definition that is given as plain values; compile it if it has no errors."""
    checked = check_definition(raw, node_types or NodeExecutorFactory.from_entry_points())
    if checked.sound is None:
        return CheckedFile(where=where, report=checked.report)
    definition = checked.sound.definition
    return CheckedFile(where=where, raw=raw, workflow=definition.name, nodes=len(definition.nodes), sound=checked.sound, report=checked.report)


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """The definition of a file as plain values, and its text."""

    raw: Any
    source: str


def load(file: str) -> LoadedFile | CheckedFile:
    """Read the definition of a file; returns a CheckedFile with the error if the file holds no readable definition.

    Raises:
        Problem: the file cannot be opened.
    """
    try:
        return LoadedFile(*read_file_and_text(Path(file)))
    except UnreadableValue as refusal:
        error = DefinitionError(code=refusal.code, place=refusal.place, message=refusal.message, hint=refusal.hint)
        return CheckedFile(where=file, report=Report(errors=(error,)))
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}", where=file, hint="give the path of a .yaml or .json file") from error
