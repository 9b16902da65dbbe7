"""The errors of workflow files, for people and for programs."""

from collections.abc import Sequence
from typing import Any

from rich.markup import escape

from interlock.cli.definition_files import CheckedFile
from interlock.cli.output import Output
from interlock.definition.validation.definition_error import DefinitionError


def errors_document(files: Sequence[CheckedFile]) -> dict[str, Any]:
    return {
        "valid": all(file.is_valid for file in files),
        "files": [
            {
                "file": file.where,
                "valid": file.is_valid,
                "workflow": file.workflow,
                "nodes": file.nodes,
                "errors": [error.to_json() for error in file.report.errors],
                "warnings": [warning.to_json() for warning in file.report.warnings],
            }
            for file in files
        ],
    }


def show_errors(output: Output, files: Sequence[CheckedFile]) -> None:
    """Show every file with its errors and warnings: place, message, hint."""
    for file in files:
        errors, warnings = file.report.errors, file.report.warnings
        if file.workflow is None:
            output.show(f"[red]✗[/] [bold]{escape(file.where)}[/]: {len(errors)} error{'s' if len(errors) > 1 else ''}")
        else:
            output.show(f"[green]✓[/] [bold]{escape(file.where)}[/]: {escape(file.workflow)}, {file.nodes} nodes")
        for error in errors:
            _show(output, error, "red")
        for warning in warnings:
            _show(output, warning, "yellow")


def _show(output: Output, error: DefinitionError, style: str) -> None:
    about = f" [dim]({escape(error.node)})[/]" if error.node else ""
    output.show(f"  [{style}]{escape(error.place or '/')}[/]{about}  {escape(error.message)}")
    output.show(f"      [green]→ {escape(error.hint)}[/]")
