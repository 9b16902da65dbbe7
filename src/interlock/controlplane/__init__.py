"""The control plane: everything that changes the state of workflows, as SQL functions in the schema `interlock`, and their typed interface.

This is the only package that knows SQL.
"""

from interlock.controlplane.connecting import open_pool
from interlock.controlplane.control_plane import ControlPlane
from interlock.controlplane.migrating import Migration, migrate, pending_migrations
from interlock.controlplane.types import (
    Assignment,
    AssignmentResult,
    Exchange,
    Heartbeat,
    NewExecution,
    Reason,
    Revocation,
    SavedWorkflow,
    SlimExchange,
    StartedExecution,
    Tick,
    Version,
)

__all__ = [
    "Assignment",
    "AssignmentResult",
    "ControlPlane",
    "Exchange",
    "Heartbeat",
    "Migration",
    "NewExecution",
    "Reason",
    "Revocation",
    "SavedWorkflow",
    "SlimExchange",
    "StartedExecution",
    "Tick",
    "Version",
    "migrate",
    "open_pool",
    "pending_migrations",
]
