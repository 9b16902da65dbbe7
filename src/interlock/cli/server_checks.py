"""Workflow files checked by a server, with the node types that it knows."""

import re
from typing import Final

from interlock.api.models.workflows import DefinitionError as AnsweredError
from interlock.cli.definition_files import CheckedFile, check, load
from interlock.client import Client
from interlock.definition.validation.definition_error import DefinitionError, Report
from interlock.json_text import read_json

_STEP: Final = re.compile(r'([^.\[\]"]+)|\[("(?:[^"\\]|\\.)*")\]')


async def check_file(client: Client, file: str) -> CheckedFile:
    """The errors of one file. A file that cannot be read, or holds no object, is not sent.

    Raises:
        Problem: it cannot be opened.
    """
    loaded = load(file)
    if isinstance(loaded, CheckedFile):
        return loaded
    if not isinstance(loaded, dict):
        return check(loaded, file)
    report = await client.validate_workflow(loaded)
    return CheckedFile(
        where=file,
        raw=loaded,
        workflow=loaded["name"] if report.valid else None,
        nodes=len(loaded["nodes"]) if report.valid else None,
        report=Report(errors=tuple(map(_error_of, report.errors)), warnings=tuple(map(_error_of, report.warnings))),
    )


def _error_of(answered: AnsweredError) -> DefinitionError:
    return DefinitionError(code=answered.code, place=pointer_of(answered.place), message=answered.message, hint=answered.hint, node=answered.node_id)


def pointer_of(place: str) -> str:
    """The JSON pointer, which the command line shows, of a place as the API writes it: `nodes[2].parameters["a b"]`."""
    steps = [read_json(quoted) if quoted else plain for plain, quoted in _STEP.findall(place)]
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
