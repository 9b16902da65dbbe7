"""Adds lines and columns to what is wrong with a definition that came as YAML."""

from dataclasses import replace

from interlock.api.definition_errors import pointer_of
from interlock.api.models.base import Answer
from interlock.api.models.workflows import DefinitionError, ValidationReport
from interlock.definition import find_positions
from interlock.errors import DefinitionRefused


def locate_refusal(error: DefinitionRefused, text: str) -> DefinitionRefused:
    """Returns the error with the position of each of its places in the text."""
    pointers = [pointer_of(field.place) for field in error.fields]
    found = find_positions(text, set(pointers))
    positions = [found.get(pointer, (None, None)) for pointer in pointers]
    fields = [replace(field, line=line, column=column) for field, (line, column) in zip(error.fields, positions, strict=True)]
    return DefinitionRefused(error.message, details=error.details, hint=error.hint, fields=fields)


def locate_report(answer: Answer, text: str) -> Answer:
    """Returns a report with the position of each error and warning in the text; any other answer as it is."""
    if not isinstance(answer, ValidationReport):
        return answer
    found = find_positions(text, {pointer_of(error.place) for error in (*answer.errors, *answer.warnings)})

    def locate(error: DefinitionError) -> DefinitionError:
        line, column = found.get(pointer_of(error.place), (None, None))
        return error.model_copy(update={"line": line, "column": column})

    return answer.model_copy(update={"errors": [locate(one) for one in answer.errors], "warnings": [locate(one) for one in answer.warnings]})
