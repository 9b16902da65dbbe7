"""What the definition knows about node types; the types themselves come from elsewhere."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from pydantic import BaseModel

from interlock.assignment_errors import AssignmentErrorCode
from interlock.definition.model.connection_type import ConnectionType

ModelClass: TypeAlias = type[BaseModel]  # inside the class, `type` is the name of an attribute


class NodeKind(StrEnum):
    """Who resolves a node: a worker, or the database in one of these ways."""

    WORKER = "worker"
    START = "start"
    CHOOSE = "choose"
    PASS = "pass"  # noqa: S105 - no password
    WAIT = "wait"
    SET_CONTEXT = "set_context"
    FAIL = "fail"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTypeInfo:
    """One node type.

    Attributes:
        type, subtype: its name, in capitals.
        parameters: the model of its parameters (extra="forbid"); a field annotated `ExpressionText` holds a whole expression,
            other text is a template.
        kind: who resolves it.
        ports: its ports as far as they do not depend on the parameters. `error` is added where `on_error` is `port`, `main` where it is `continue`.
        ports_of: its ports from valid parameters, where they do depend on them; None: always `ports`.
        takes: capabilities that it uses; every other connection type but MAIN is refused.
        raw: names of parameters that are not templates: neither rendered nor searched for `{{ }}`; those in `credentials` among them.
        credentials: the parameters that name a credential, with the kinds that each takes; none: any.
        sees_all: whether it may look at every node's output and the context however its parameters read (code, for example).
        queue: the queue of a node that names none.
        is_built_in: whether it comes with Interlock, so that every worker has it; a worker claims visits of any other only if it has it.
        errors: what its executor can fail with, beside what every visit can.
        waits: whether its visits wait for a person, the time or a message; a loop in which nothing waits needs an exit.
    """

    type: str
    subtype: str
    parameters: ModelClass
    kind: NodeKind = NodeKind.WORKER
    ports: tuple[str, ...] = ("main",)
    ports_of: Callable[[BaseModel], tuple[str, ...]] | None = None
    takes: frozenset[ConnectionType] = frozenset()
    raw: frozenset[str] = frozenset()
    credentials: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sees_all: bool = False
    queue: str = "default"
    errors: tuple[AssignmentErrorCode, ...] = ()
    waits: bool = False
    is_built_in: bool = True


class NodeCatalog(Protocol):
    """The node types that definitions are checked against."""

    def find(self, type: str, subtype: str) -> NodeTypeInfo | None:  # noqa: A002 - the word of the definition
        """The node type of this name, or None."""
        ...

    def names(self) -> Collection[tuple[str, str]]:
        """Every (type, subtype) that there is; for suggestions."""
        ...


class NodeTypes:
    """A catalog from a fixed collection.

    Raises:
        ValueError: a name is given twice.
    """

    def __init__(self, types: Collection[NodeTypeInfo]) -> None:
        self._types = {(info.type, info.subtype): info for info in types}
        if len(self._types) < len(types):
            raise ValueError("A node type is given twice.")

    def find(self, type: str, subtype: str) -> NodeTypeInfo | None:  # noqa: A002 - the word of the definition
        return self._types.get((type, subtype))

    def names(self) -> Collection[tuple[str, str]]:
        return self._types.keys()
