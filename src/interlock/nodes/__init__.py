"""The executor contract, the factory that finds executors, and one folder for each type of node."""

from interlock.nodes.contract import NodeExecutionContext, NodeExecutor, NodeIdentity
from interlock.nodes.credential import Credential, Credentials
from interlock.nodes.errors import FinalError, NodeError, RetryableError, expression_error
from interlock.nodes.factory import BrokenExecutor, NodeExecutorFactory, NodeTypeUnknown
from interlock.nodes.results import Completed, NodeExecutionResult, Waiting

__all__ = [
    "BrokenExecutor",
    "Completed",
    "Credential",
    "Credentials",
    "FinalError",
    "NodeError",
    "NodeExecutionContext",
    "NodeExecutionResult",
    "NodeExecutor",
    "NodeExecutorFactory",
    "NodeIdentity",
    "NodeTypeUnknown",
    "RetryableError",
    "Waiting",
    "expression_error",
]
