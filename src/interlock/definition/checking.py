"""A definition made ready to be saved: validated, then compiled; what cannot be compiled is told as an error too."""

from dataclasses import dataclass
from typing import Any

from interlock.definition.catalog import NodeCatalog
from interlock.definition.compiling.compiled import CompiledWorkflow
from interlock.definition.compiling.compiler import compile_definition
from interlock.definition.compiling.errors import CannotCompile
from interlock.definition.model.checksum import definition_checksum
from interlock.definition.model.workflow import WorkflowDefinition
from interlock.definition.validation.definition_error import DefinitionError, Report
from interlock.definition.validation.validate import validate_definition


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundDefinition:
    """A definition without errors, compiled."""

    definition: WorkflowDefinition
    compiled: CompiledWorkflow

    @property
    def checksum(self) -> str:
        return definition_checksum(self.definition)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDefinition:
    """All errors and warnings; `sound` is None where there are errors."""

    report: Report
    sound: SoundDefinition | None = None


def check_definition(raw: Any, catalog: NodeCatalog) -> CheckedDefinition:
    """The errors of a definition as plain values; without any it is compiled."""
    report = validate_definition(raw, catalog)
    if not report.is_valid:
        return CheckedDefinition(report=report)
    definition = WorkflowDefinition.model_validate(raw)
    try:
        compiled = compile_definition(definition, catalog)
    except CannotCompile as refusal:
        hint = "Split the workflow, or use fewer joins that depend on each other."
        error = DefinitionError(code="cannot_compile", place="", message=str(refusal), hint=hint)
        return CheckedDefinition(report=Report(errors=(error,), warnings=report.warnings))
    return CheckedDefinition(report=report, sound=SoundDefinition(definition=definition, compiled=compiled))
