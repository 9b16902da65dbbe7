"""The executor contract, the factory that finds executors, and one folder for each type of node."""

from interlock.assignment_errors import AssignmentErrorCode
from interlock.definition.model.credential_name import CredentialName, NamesCredential
from interlock.definition.model.expression_text import ExpressionText
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor, NodeIdentity
from interlock.nodes.credential import Credential, Credentials
from interlock.nodes.errors import FinalError, NodeError, RetryableError, expression_error
from interlock.nodes.factory import BrokenExecutor, ExecutorMissing, NodeExecutorFactory
from interlock.nodes.results import Completed, NodeExecutionResult, Waiting

__all__ = [
    "AssignmentErrorCode",
    "BrokenExecutor",
    "Completed",
    "Credential",
    "CredentialName",
    "Credentials",
    "ExecutorMissing",
    "ExpressionText",
    "FinalError",
    "NamesCredential",
    "NodeError",
    "NodeExecutionContext",
    "NodeExecutionResult",
    "NodeExecutor",
    "NodeExecutorFactory",
    "NodeIdentity",
    "RetryableError",
    "Waiting",
    "expression_error",
]
