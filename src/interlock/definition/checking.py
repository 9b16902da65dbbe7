"""A definition made ready to be saved: validated, then compiled; what cannot be compiled is told as a fault too."""

from dataclasses import dataclass
from typing import Any

from interlock.definition.catalog import NodeCatalog
from interlock.definition.compiling.compiled import CompiledWorkflow
from interlock.definition.compiling.compiler import compile_definition
from interlock.definition.compiling.errors import CannotCompile
from interlock.definition.model.checksum import definition_checksum
from interlock.definition.model.workflow import WorkflowDefinition
from interlock.definition.validation.fault import Fault, Report
from interlock.definition.validation.validate import validate_definition


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundDefinition:
    """A definition without faults, compiled."""

    definition: WorkflowDefinition
    compiled: CompiledWorkflow

    @property
    def checksum(self) -> str:
        return definition_checksum(self.definition)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDefinition:
    """All faults and warnings; `sound` is None where there are faults."""

    report: Report
    sound: SoundDefinition | None = None


def check_definition(raw: Any, catalog: NodeCatalog) -> CheckedDefinition:
    """The faults of a definition as plain values; without any it is compiled."""
    report = validate_definition(raw, catalog)
    if not report.is_valid:
        return CheckedDefinition(report=report)
    definition = WorkflowDefinition.model_validate(raw)
    try:
        compiled = compile_definition(definition, catalog)
    except CannotCompile as error:
        fault = Fault(code="cannot_compile", place="", message=str(error), mend="Split the workflow, or use fewer joins that depend on each other.")
        return CheckedDefinition(report=Report(faults=(fault,), warnings=report.warnings))
    return CheckedDefinition(report=report, sound=SoundDefinition(definition=definition, compiled=compiled))
