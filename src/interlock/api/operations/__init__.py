"""Every operation of the API, once: what it takes and answers, what it needs, how it fails, and where REST has it.

The routes of REST, the methods of gRPC, `proto/`, OpenAPI, the methods of the Python client, the reference and the matrices of the tests come
from this table.

To add an operation, write three things by hand: its entry here, the models of its request and answer in `models/`, and a function of its name in
`services/`; if it needs something new from the database, also the SQL function and the method that calls it. `make generate` writes the rest, and
tests say what is missing: among it, in `tests/api/isolation/rules.py`, what it answers to somebody who names what is of another workspace.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from interlock.api.operations import (
    api_keys,
    assignments,
    credentials,
    drafts,
    executions,
    expressions,
    node_types,
    overview,
    session,
    users,
    workflows,
    workspaces,
)
from interlock.api.operations.general_errors import GENERAL_ERRORS, GeneralErrors, errors_of, general_errors
from interlock.api.operations.operation import SERVICES, HeaderField, Operation, Repeat, Service, camel_case

__all__ = [
    "GENERAL_ERRORS",
    "OPERATIONS",
    "SERVICES",
    "GeneralErrors",
    "HeaderField",
    "Operation",
    "Repeat",
    "Service",
    "camel_case",
    "errors_of",
    "general_errors",
]

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        operation.name: operation
        for module in (
            session,
            workflows,
            drafts,
            executions,
            assignments,
            node_types,
            expressions,
            users,
            workspaces,
            api_keys,
            credentials,
            overview,
        )
        for operation in module.OPERATIONS
    }
)
"""By name, in the order of the reference."""
