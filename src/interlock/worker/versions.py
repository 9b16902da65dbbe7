"""The versions of workflows that the worker keeps in memory."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from interlock.controlplane import Version
from interlock.nodes import FinalError, NodeExecutorFactory, NodeIdentity, RetryableError
from interlock.worker.prepared_node import PreparedNode, prepare_node, unable

SEMANTICS: Final = 1  # the rules of movement that this worker knows
VERSIONS_KEPT: Final = 200


class PreparedVersion:
    """The nodes of one version. Each is prepared at its first visit, with those that can run ahead of the report of that visit."""

    def __init__(self, version: Version, executors: NodeExecutorFactory) -> None:
        self._compiled: Mapping[int, Mapping[str, Any]] = {node["node_no"]: node for node in version.nodes}
        self._workflow = {"workflow": version.workflow, "version": version.version}
        self._workspace_id = version.workspace_id
        self._semantics: int = version.definition.get("semantics", SEMANTICS)
        self._executors = executors
        self._prepared: dict[int, PreparedNode] = {}

    def node(self, node_no: int) -> PreparedNode:
        prepared = self._prepared.get(node_no)
        if prepared is None:
            prepared = self._prepare_path(node_no)
        return prepared

    def _prepare_path(self, node_no: int) -> PreparedNode:
        path = [self._prepare(node_no)]
        known: PreparedNode | None = None
        while (following := path[-1].plain_next) is not None:
            if (known := self._prepared.get(following)) is not None:
                break
            node = self._prepare(following)
            if not node.can_run_ahead:
                break
            path.append(node)
        ahead = known if known is not None and known.can_run_ahead else None
        for node in reversed(path):
            ahead = self._prepared[node.number] = replace(node, ahead=ahead)
        return self._prepared[node_no]

    def _prepare(self, node_no: int) -> PreparedNode:
        node = self._compiled[node_no]
        if self._semantics <= SEMANTICS:
            return prepare_node(node, self._workflow, self._executors, self._workspace_id)
        message = f"the version was saved for semantics {self._semantics}, this worker knows {SEMANTICS}"
        error = FinalError("semantics_unknown", message, hint="install a newer Interlock where the worker runs")
        return replace(unable(NodeIdentity(id=node["node_id"], name=node["name"]), node["queue"], self._workflow, error), number=node_no)


class UnreadableVersion:
    """Takes the place of a version that this worker cannot read: each attempt fails, and the next one may meet another worker."""

    def __init__(self, version_id: int, problem: Exception) -> None:
        message = f"this worker cannot read version {version_id}: {type(problem).__name__}: {problem}"
        hint = "start this worker with the Interlock that saved the version, or with a newer one"
        self._error = RetryableError("version_unreadable", message, hint=hint)

    def node(self, node_no: int) -> PreparedNode:
        return replace(unable(NodeIdentity(id=str(node_no), name=str(node_no)), "", {}, self._error), number=node_no)


class Versions:
    """The versions that were used last. Versions never change, so nothing here is ever out of date."""

    def __init__(self, get_version: Callable[[int], Awaitable[Version]], executors: NodeExecutorFactory) -> None:
        self._get_version = get_version
        self._executors = executors
        self._kept: OrderedDict[int, PreparedVersion] = OrderedDict()

    def known(self, version_id: int) -> PreparedVersion | None:
        return self._kept.get(version_id)

    async def load(self, version_id: int) -> PreparedVersion:
        """Raises whatever `get_version` raises."""
        version = PreparedVersion(await self._get_version(version_id), self._executors)
        self._kept[version_id] = version
        if len(self._kept) > VERSIONS_KEPT:
            self._kept.popitem(last=False)
        return version
