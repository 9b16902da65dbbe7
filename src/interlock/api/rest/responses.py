"""Lists the problems of each operation by HTTP status."""

from collections.abc import Mapping, Sequence

from interlock.api.operations import Operation, errors_of
from interlock.errors import InterlockError


def problems_of(operation: Operation) -> Mapping[int, Sequence[type[InterlockError]]]:
    """Returns the errors of each status, both in order."""
    errors = errors_of(operation)
    return {status: [error for error in errors if error.http_status == status] for status in sorted({error.http_status for error in errors})}


def meaning(errors: Sequence[type[InterlockError]]) -> str:
    """Describes one status, with the code of each error."""
    return " ".join(f"{error.code}: {' '.join((error.__doc__ or '').split())}" for error in errors)
