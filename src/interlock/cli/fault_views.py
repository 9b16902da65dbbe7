"""The faults of workflow files, for people and for programs."""

from collections.abc import Sequence
from typing import Any

from rich.markup import escape

from interlock.cli.definition_files import CheckedFile
from interlock.cli.output import Output
from interlock.definition.validation.fault import Fault


def faults_document(files: Sequence[CheckedFile]) -> dict[str, Any]:
    return {
        "valid": all(file.is_valid for file in files),
        "files": [
            {
                "file": file.where,
                "valid": file.is_valid,
                "workflow": file.workflow,
                "nodes": file.nodes,
                "faults": [fault.to_json() for fault in file.report.faults],
                "warnings": [warning.to_json() for warning in file.report.warnings],
            }
            for file in files
        ],
    }


def show_faults(output: Output, files: Sequence[CheckedFile]) -> None:
    """Every file with what is wrong in it: place, fault, mend."""
    for file in files:
        faults, warnings = file.report.faults, file.report.warnings
        if file.workflow is None:
            output.show(f"[red]✗[/] [bold]{escape(file.where)}[/]: {len(faults)} fault{'s' if len(faults) > 1 else ''}")
        else:
            output.show(f"[green]✓[/] [bold]{escape(file.where)}[/]: {escape(file.workflow)}, {file.nodes} nodes")
        for fault in faults:
            _show(output, fault, "red")
        for warning in warnings:
            _show(output, warning, "yellow")


def _show(output: Output, fault: Fault, style: str) -> None:
    about = f" [dim]({escape(fault.node)})[/]" if fault.node else ""
    output.show(f"  [{style}]{escape(fault.place or '/')}[/]{about}  {escape(fault.message)}")
    output.show(f"      [green]→ {escape(fault.mend)}[/]")
