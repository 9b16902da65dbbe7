"""Checks a definition before it is saved: validates it, then compiles it. A definition that cannot be compiled has an error too."""

from dataclasses import dataclass
from typing import Any

from interlock.definition.compiling.compiled import CompiledWorkflow
from interlock.definition.compiling.compiler import compile_definition
from interlock.definition.compiling.errors import CannotCompile
from interlock.definition.model.checksum import definition_checksum
from interlock.definition.model.workflow import WorkflowDefinition
from interlock.definition.node_types import NodeTypeLookup
from interlock.definition.validation.definition_error import DefinitionError, Report
from interlock.definition.validation.validate import validate_definition


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundDefinition:
    """A definition without errors, compiled."""

    definition: WorkflowDefinition
    compiled: CompiledWorkflow
    warnings: tuple[DefinitionError, ...] = ()

    @property
    def checksum(self) -> str:
        return definition_checksum(self.definition)

    def compiled_json(self) -> dict[str, Any]:
        """Returns the compiled form as `save_workflow` takes it, with the warnings."""
        return self.compiled.to_json() | {"warnings": [warning.to_json() for warning in self.warnings]}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDefinition:
    """All errors and warnings of a definition; `sound` is None if there are errors."""

    report: Report
    sound: SoundDefinition | None = None


def check_definition(raw: Any, node_types: NodeTypeLookup) -> CheckedDefinition:
    """Validates a raw definition, and compiles it if it has no errors."""
    report = validate_definition(raw, node_types)
    if not report.is_valid:
        return CheckedDefinition(report=report)
    definition = WorkflowDefinition.model_validate(raw)
    try:
        compiled = compile_definition(definition, node_types)
    except CannotCompile as refusal:
        hint = "Split the workflow, or use fewer joins that depend on each other."
        error = DefinitionError(code="cannot_compile", place="", message=str(refusal), hint=hint)
        return CheckedDefinition(report=Report(errors=(error,), warnings=report.warnings))
    return CheckedDefinition(report=report, sound=SoundDefinition(definition=definition, compiled=compiled, warnings=report.warnings))
