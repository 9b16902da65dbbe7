"""Workflow files checked by a server, with the node types that it knows."""

from interlock.api.definition_errors import pointer_of
from interlock.api.models.workflows import DefinitionError as AnsweredError
from interlock.cli.definition_files import CheckedFile, check, load, locate
from interlock.client import Client
from interlock.definition.validation.definition_error import DefinitionError, Report


async def check_file(client: Client, file: str) -> CheckedFile:
    """The errors of one file. A file that cannot be read, or holds no object, is not sent.

    Raises:
        Problem: it cannot be opened.
    """
    loaded = load(file)
    if isinstance(loaded, CheckedFile):
        return loaded
    raw = loaded.raw
    if not isinstance(raw, dict):
        return check(raw, file)
    report = await client.validate_workflow(raw)
    checked = CheckedFile(
        where=file,
        raw=raw,
        source=loaded.source,
        workflow=raw["name"] if report.valid else None,
        nodes=len(raw["nodes"]) if report.valid else None,
        report=Report(errors=tuple(map(_error_of, report.errors)), warnings=tuple(map(_error_of, report.warnings))),
    )
    return locate(checked)


def _error_of(answered: AnsweredError) -> DefinitionError:
    return DefinitionError(code=answered.code, place=pointer_of(answered.place), message=answered.message, hint=answered.hint, node=answered.node_id)
