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
                "errors": [_document(error, file) for error in file.report.errors],
                "warnings": [_document(warning, file) for warning in file.report.warnings],
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
            _show(output, file, error, "red")
        for warning in warnings:
            _show(output, file, warning, "yellow")


def _document(error: DefinitionError, file: CheckedFile) -> dict[str, Any]:
    line, column = file.positions.get(error.place, (None, None))
    return error.to_json() | {"line": line, "column": column}


def _show(output: Output, file: CheckedFile, error: DefinitionError, style: str) -> None:
    about = f" [dim]({escape(error.node)})[/]" if error.node else ""
    position = file.positions.get(error.place)
    where = f" [dim]line {position[0]}, column {position[1]}[/]" if position else ""
    output.show(f"  [{style}]{escape(error.place or '/')}[/]{about}{where}  {escape(error.message)}")
    output.show(f"      [green]→ {escape(error.hint)}[/]")
