"""Checks a definition before it is saved: validates it, then compiles it. A definition that cannot be compiled has an error too."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from interlock.definition.compiling.compiled import CompiledWorkflow
from interlock.definition.compiling.compiler import compile_definition
from interlock.definition.compiling.errors import CannotCompile
from interlock.definition.model.checksum import definition_checksum
from interlock.definition.model.workflow import WorkflowDefinition
from interlock.definition.node_types import NodeTypeLookup
from interlock.definition.reading.source import read_source
from interlock.definition.validation.definition_error import DefinitionError, Report
from interlock.definition.validation.validate import validate_definition
from interlock.json_text import UnreadableValue, WrittenJson, write_json


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundDefinition:
    """A definition without errors, compiled."""

    definition: WorkflowDefinition
    compiled: CompiledWorkflow
    warnings: tuple[DefinitionError, ...] = ()
    raw: Any = None
    source: str | None = None

    def written(self) -> "WrittenDefinition":
        """Returns it as it is stored. That takes as long as the definition is large."""
        return WrittenDefinition(
            definition=WrittenJson(write_json(self.definition.to_json())),
            compiled=WrittenJson(write_json(self.compiled_json())),
            checksum=self.checksum,
            source=self.source_text(),
        )

    @property
    def checksum(self) -> str:
        return definition_checksum(self.definition)

    def source_text(self) -> str:
        """Returns the text that its author wrote, or else JSON with the keys in the order in which they came."""
        return self.source if self.source is not None else json.dumps(self.raw, indent=2, ensure_ascii=False)

    def compiled_json(self) -> dict[str, Any]:
        """Returns the compiled form as `save_workflow` takes it, with the warnings."""
        return self.compiled.to_json() | {"warnings": [warning.to_json() for warning in self.warnings]}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDefinition:
    """A definition and its compiled form as JSON text, and the text that its author wrote, as `save_workflow` takes them."""

    definition: WrittenJson
    compiled: WrittenJson
    checksum: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDefinition:
    """All errors and warnings of a definition; `sound` is None if there are errors."""

    report: Report
    sound: SoundDefinition | None = None


def check_definition(raw: Any, node_types: NodeTypeLookup, source: str | None = None) -> CheckedDefinition:
    """Validates a raw definition, and compiles it if it has no errors.

    Args:
        source: the text that it was read from; one that says something else is an error.
    """
    report = validate_definition(raw, node_types)
    if not report.is_valid:
        return CheckedDefinition(report=report)
    definition = WorkflowDefinition.model_validate(raw)
    if source is not None and (difference := source_error(source, definition)) is not None:
        return CheckedDefinition(report=Report(errors=(difference,), warnings=report.warnings))
    try:
        compiled = compile_definition(definition, node_types)
    except CannotCompile as refusal:
        hint = "Split the workflow, or use fewer joins that depend on each other."
        error = DefinitionError(code="cannot_compile", place="", message=str(refusal), hint=hint)
        return CheckedDefinition(report=Report(errors=(error,), warnings=report.warnings))
    sound = SoundDefinition(definition=definition, compiled=compiled, warnings=report.warnings, raw=raw, source=source)
    return CheckedDefinition(report=report, sound=sound)


def source_error(source: str, definition: WorkflowDefinition) -> DefinitionError | None:
    """Returns what is wrong with the text of a definition; None if it says the same."""
    try:
        read = WorkflowDefinition.model_validate(read_source(source))
    except UnreadableValue as error:
        return DefinitionError(code=error.code, place="", message=f"The text of the definition cannot be read. {error.message}", hint=error.hint)
    except ValidationError:
        read = None
    if read is not None and definition_checksum(read) == definition_checksum(definition):
        return None
    message = "The text in source says something else than the definition."
    return DefinitionError(
        code="source_differs", place="", message=message, hint="Send the text that the definition was read from, or leave source out."
    )
