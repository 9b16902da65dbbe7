"""Every operation of the API, once: what it takes and answers, what it needs, how it fails, and where REST has it.

The routes of REST, the methods of gRPC, `proto/`, OpenAPI, the methods of the Python client, the reference and the matrices of the tests come
from this table.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from interlock.api.operations import api_keys, assignments, credentials, executions, node_types, overview, session, users, workflows
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
        for module in (session, workflows, executions, assignments, node_types, users, api_keys, credentials, overview)
        for operation in module.OPERATIONS
    }
)
"""By name, in the order of the reference."""
