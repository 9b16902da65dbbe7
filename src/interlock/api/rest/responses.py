"""Which problems an operation can answer with, for OpenAPI."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.operations import Operation
from interlock.api.rest.forms import form_of

COMMON_PROBLEMS: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "The body cannot be read (IL013).",
        401: "No valid sign-in, key or token came with it (IL030).",
        403: "The role does not include it, or the CSRF token is missing (IL031, IL034, IL035).",
        404: "There is no such thing.",
        408: "The body did not arrive in time (IL058).",
        412: "The workflow is no longer at the version that was edited (IL019).",
        413: "The body is too large (IL050).",
        415: "The body is of a type that is not read here (IL053).",
        422: "Fields are not of the form; `invalid` lists them (IL054 and others).",
        503: "The database does not answer, or there is too much under way (IL090, IL056); safe to repeat.",
    }
)
_CONFLICTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "create_workflow": "Another workflow has this name (IL021).",
        "update_workflow": "Another workflow has this name (IL021).",
        "run_workflow": "The lock of the workflow is held (IL017).",
        "cancel_execution": "The execution has ended (IL009).",
        "cancel_assignment": "The execution or the assignment has ended (IL009).",
        "suspend_execution": "The execution has ended (IL009).",
        "continue_execution": "The execution has ended (IL009).",
        "retry_execution": "The execution cannot be retried (IL015, IL016, IL017, IL018).",
        "claim_assignments": "The worker was given up, or its requests came out of order (IL011, IL012).",
        "complete_assignments": "The worker was given up, or its requests came out of order (IL011, IL012).",
        "heartbeat_worker": "The worker was given up (IL011).",
        "create_user": "Another user has this email (IL021).",
        "update_user": "It is the last admin (IL037).",
        "delete_user": "It is the last admin (IL037).",
        "create_credential": "Another credential has this name (IL021).",
    }
)


def problem_statuses(operation: Operation) -> Mapping[int, str]:
    """Status and meaning, in order; any operation can also answer 500."""
    form = form_of(operation)
    statuses = {422, 503}
    statuses |= {400, 408, 413, 415} if form.body is not None else set()
    statuses |= {401, 403} if operation.permission is not Permission.PUBLIC else set()
    statuses |= {404} if form.path.model_fields or operation.name == "heartbeat_worker" else set()
    statuses |= {412} if form.header is not None and form.header.only else set()
    possible = {status: COMMON_PROBLEMS[status] for status in statuses}
    if operation.name in _CONFLICTS:
        possible[409] = _CONFLICTS[operation.name]
    if operation.permission is Permission.PUBLIC:
        possible |= {401: "There is no such user with this password (IL032).", 429: "Too many sign-ins failed; wait (IL033)."}
    return dict(sorted(possible.items()))
