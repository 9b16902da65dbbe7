"""What a definition is checked against: the node types. `nodes/` declares them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from pydantic import BaseModel

from interlock.assignment_errors import AssignmentErrorCode
from interlock.definition.model.connection_type import ConnectionType

ModelClass: TypeAlias = type[BaseModel]  # inside the class, `type` is the name of an attribute


class NodeKind(StrEnum):
    """Who resolves a node: a worker, or the database in one of these ways. The kinds that definitions know; `node_kinds` in the database has all."""

    WORKER = "worker"
    START = "start"
    CHOOSE = "choose"
    PASS = "pass"  # noqa: S105 - no password
    WAIT = "wait"
    SET_CONTEXT = "set_context"
    FAIL = "fail"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterWarning:
    """What a node type says about valid parameters that somebody probably wants to change.

    Attributes:
        code: one of the codes of warnings.
        place: keys and positions inside the parameters.
    """

    code: str
    place: tuple[str | int, ...]
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTypeInfo:
    """One node type.

    Attributes:
        type, subtype: its name, in capitals.
        parameters: the model of its parameters (extra="forbid"); a field annotated `ExpressionText` is a whole expression,
            other text is a template.
        kind: who resolves it: a row of `node_kinds`. A kind that is not in NodeKind is resolved by its own function in the database.
        ports: its ports that do not depend on the parameters. `error` is added if `on_error` is `port`, `main` if it is `continue`.
        ports_of: returns its ports for valid parameters, if they depend on them; None: always `ports`.
        warnings_of: returns warnings about valid parameters; None: it has none.
        takes: the capabilities that it uses; other connection types except MAIN are refused.
        raw: names of parameters that are not templates, so that `{{ }}` in them means nothing; includes those in `credentials`.
        credentials: the parameters that name a credential, with the kinds that each accepts; empty: any.
        sees_all: whether it may read every node's output and the context whatever its parameters say (code, for example).
        queue: the queue of a node that does not name one.
        is_built_in: whether it comes with Interlock, so that every worker has it; a worker claims visits of any other only if it has it.
        errors: the errors of its executor, beside those of every visit.
        waits: whether its visits wait for a person, the time or a message; a loop in which nothing waits needs an exit.
    """

    type: str
    subtype: str
    parameters: ModelClass
    kind: str = NodeKind.WORKER
    ports: tuple[str, ...] = ("main",)
    ports_of: Callable[[BaseModel], tuple[str, ...]] | None = None
    warnings_of: Callable[[BaseModel], Iterable[ParameterWarning]] | None = None
    takes: frozenset[ConnectionType] = frozenset()
    raw: frozenset[str] = frozenset()
    credentials: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sees_all: bool = False
    queue: str = "default"
    errors: tuple[AssignmentErrorCode, ...] = ()
    waits: bool = False
    is_built_in: bool = True


class NodeTypeLookup(Protocol):
    """Finds node types by name."""

    def find(self, type: str, subtype: str) -> NodeTypeInfo | None:  # noqa: A002 - the word of the definition
        """Returns the node type of this name, or None."""
        ...

    def names(self) -> Collection[tuple[str, str]]:
        """Returns every (type, subtype); for suggestions."""
        ...


class NodeTypes:
    """The node types of a fixed collection.

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
