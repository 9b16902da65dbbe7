"""Finds executors by entry point and makes one of each; definitions are checked against their node types."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from inspect import isabstract
from typing import Any, Self

from pydantic import BaseModel

from interlock.definition.node_types import NodeTypeInfo
from interlock.nodes.contract import NodeExecutor
from interlock.nodes.errors import RetryableError

GROUP = "interlock.nodes"
_OWN_DISTRIBUTION = "interlock"

Executor = NodeExecutor[Any]


class ExecutorMissing(RetryableError):
    """This worker has no executor of that name. Another worker may have it, or this one after an installation.

    Attributes:
        requires: the name of the node type, as TYPE/SUBTYPE.
    """

    def __init__(self, type: str, subtype: str, reason: str | None = None) -> None:  # noqa: A002  the word of the definition
        self.requires = f"{type}/{subtype}"
        message = f"this worker has no executor for {self.requires}"
        hint = "install the package that has it where the worker runs, and start the worker again"
        if reason is not None:
            message, hint = f"this worker cannot load its executor for {self.requires}: {reason}", "repair the package where the worker runs"
        super().__init__("executor_missing", message, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenExecutor:
    """An entry point that has no usable executor, and why. It is left out; the others work."""

    name: str
    package: str
    reason: str


class NodeExecutorFactory:
    """The executors of a process, one of each type.

    Args:
        executors: one for each (type, subtype); of two with one name the first counts.
        broken: what was found and left out.
    """

    def __init__(self, executors: Iterable[Executor], broken: Iterable[BrokenExecutor] = ()) -> None:
        self._executors: dict[tuple[str, str], Executor] = {}
        for executor in executors:
            self._executors.setdefault((executor.type, executor.subtype), executor)
        self._infos = {name: executor.info() for name, executor in self._executors.items()}
        self.broken = tuple(broken)

    @classmethod
    def from_entry_points(cls, found: Iterable[EntryPoint] | None = None, *, logger: logging.Logger | None = None) -> Self:
        """Returns the executors of every installed package: our own first, then the others in order of package and name.

        Args:
            found: entry points of the group `interlock.nodes`; those installed by default.
            logger: where broken ones are reported.
        """
        logger = logger or logging.getLogger(__name__)
        executors: dict[str, Executor] = {}
        broken: list[BrokenExecutor] = []
        for entry in sorted(entry_points(group=GROUP) if found is None else found, key=_order):
            try:
                if entry.name in executors:
                    raise ValueError(f"another package has {entry.name} already: {type(executors[entry.name]).__module__}")
                executors[entry.name] = _load(entry)
            except (Exception, SystemExit) as error:  # noqa: BLE001  whatever a foreign package raises must not stop the others
                broken.append(BrokenExecutor(name=entry.name, package=_package(entry), reason=f"{type(error).__name__}: {error}"[:1000]))
                logger.warning("the executor %s of the package %s is left out: %s", entry.name, _package(entry), broken[-1].reason)
        return cls(executors.values(), broken)

    def get(self, type: str, subtype: str) -> Executor:  # noqa: A002  the word of the definition
        """Returns the executor of a node type.

        Raises:
            ExecutorMissing: there is none, or it could not be loaded.
        """
        try:
            return self._executors[type, subtype]
        except KeyError:
            reasons = [broken.reason for broken in self.broken if broken.name == f"{type}/{subtype}"]
            raise ExecutorMissing(type, subtype, reasons[0] if reasons else None) from None

    def types(self) -> tuple[NodeTypeInfo, ...]:
        """Returns every node type, in order of its name."""
        return tuple(info for _, info in sorted(self._infos.items()))

    def executors(self) -> tuple[Executor, ...]:
        """Returns every executor, in order of its type."""
        return tuple(executor for _, executor in sorted(self._executors.items(), key=lambda item: item[0]))

    def find(self, type: str, subtype: str) -> NodeTypeInfo | None:  # noqa: A002  the word of the definition
        """Returns the node type of this name, or None."""
        return self._infos.get((type, subtype))

    def names(self) -> Collection[tuple[str, str]]:
        """Returns the (type, subtype) of every executor."""
        return self._infos.keys()

    async def close(self) -> None:
        """Closes every executor, even if one of them fails to close."""
        for executor in self._executors.values():
            try:
                await executor.close()
            except Exception:
                logging.getLogger(__name__).exception("%s/%s could not be closed", executor.type, executor.subtype)


def _order(entry: EntryPoint) -> tuple[bool, str, str]:
    package = _package(entry)
    return package != _OWN_DISTRIBUTION, package, entry.name


def _package(entry: EntryPoint) -> str:
    return _name_of(entry.dist) if entry.dist is not None else entry.module


@lru_cache
def _name_of(package: Distribution) -> str:
    """Returns the name of a package. Without the cache each call reads all of its metadata."""
    return package.name


def _load(entry: EntryPoint) -> Executor:
    found: object = entry.load()
    if not isinstance(found, type) or not issubclass(found, NodeExecutor):
        raise TypeError(f"{entry.value} is not an executor class")
    if isabstract(found):
        raise TypeError(f"{entry.value} has no execute method")
    for attribute in ("type", "subtype", "parameters"):
        if not hasattr(found, attribute):
            raise TypeError(f"{entry.value} has no attribute {attribute}")
    name = f"{found.type}/{found.subtype}"
    if name != entry.name:
        raise ValueError(f"the entry point is named {entry.name}, but its executor is {name}")
    parameters: object = found.parameters
    if not isinstance(parameters, type) or not issubclass(parameters, BaseModel) or parameters.model_config.get("extra") != "forbid":
        raise TypeError(f"the parameters of {name} are not a pydantic model with extra='forbid'")
    executor: Executor = found()
    executor.info()
    return executor
