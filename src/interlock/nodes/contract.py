"""The contract of executors. An executor is the class that does the work of one node type."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Literal, Self, TypeAlias, TypeVar

from pydantic import BaseModel

from interlock.assignment_errors import AssignmentErrorCode
from interlock.definition.expressions.scope import Scope
from interlock.definition.expressions.template import Join
from interlock.definition.model.connection_type import ConnectionType
from interlock.definition.model.credential_name import credentials_of
from interlock.definition.node_types import NodeKind, NodeTypeInfo, ParameterWarning
from interlock.nodes.credential import NO_CREDENTIALS, Credentials
from interlock.nodes.results import NodeExecutionResult

P = TypeVar("P", bound=BaseModel)
Isolation: TypeAlias = Literal["loop", "process"]
ModelClass: TypeAlias = type[BaseModel]  # inside the class, `type` is the name of an attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeIdentity:
    """The node of a visit."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeExecutionContext(Generic[P]):
    """One attempt at one visit of one node.

    Attributes:
        input: what the connections delivered, a JSON object.
        parameters: the executor's model, templates rendered except in the fields that the executor marks raw.
        scope: what expressions can read.
        attempt: from 1.
        visit: from 1.
        idempotency_key: the same for every attempt of a visit and for retries of the execution; pass it on to every service that is called.
        assignment_id: the id of the visit; empty while an executor without side effects runs ahead, because the visit does not exist yet.
        timeout_seconds: how much of the node's timeout is left for this attempt; None: it has none. The worker enforces it by itself; it is here for
            what runs elsewhere and should stop as well, such as a statement in a database.
        cancelled: set just before the task that runs `execute` is cancelled, for work outside the event loop that has to end, too.
        logger: carries the ids of execution and assignment.
        credentials: decrypted for this attempt, by the parameter of type `CredentialName` that names each; one that is not named is not there.
            Whatever leaves the attempt has their values masked.
    """

    input: Mapping[str, Any]
    parameters: P
    scope: Scope = field(default_factory=Scope)
    attempt: int = 1
    visit: int = 1
    idempotency_key: str
    execution_id: str
    assignment_id: str
    subject: str | None = None
    node: NodeIdentity
    timeout_seconds: float | None = None
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    logger: logging.Logger | logging.LoggerAdapter[logging.Logger]
    credentials: Credentials = NO_CREDENTIALS


class NodeExecutor(ABC, Generic[P]):
    """Does the work of one node type. A worker makes one of each and calls `execute` many times at once, so an executor keeps no state of a visit.

    The constructor takes no required arguments and does nothing costly: pools, clients and heavy imports wait for the first `execute`.

    What a definition needs to know stands in the class, and `info` gathers it:

    Attributes:
        type, subtype: its name, in capitals; also the name of its entry point, as `TYPE/SUBTYPE`.
        parameters: the model of its parameters, extra="forbid". It gives validation, JSON Schema and the reference page.
        ports: the ports it leaves through, as far as the parameters do not decide.
        kind: who resolves it; a worker, unless the database knows how.
        queue: the queue of a node whose definition names none. It is written into a version when that is saved.
        takes: capabilities that it uses.
        raw: names of parameters that are not templates.
        joins: for a parameter whose text has a syntax of its own, what makes one text of the pieces of its template, so that values are encoded.
        sees_all: whether it is sent every node's output and the context, however its parameters read.
        waits: whether it gives `Waiting`.
        errors: the codes of its own that it fails with; they are on its reference page and in docs/errors.md.
        isolation: where `execute` runs. `loop`: beside all others in one event loop, so it must never block. `process`: in a process of its own,
            which is killed at the node's timeout and when the assignment is taken away; for an executor that blocks (a long computation, a
            library without asyncio, code that may hang). Its class must be importable by its module and name; its input, parameters and
            output are copied, and starting a process takes about a second when none is free.
        has_side_effects: whether `execute` may do something that others notice: send a request, write a row or a file. False is a promise: it has no
            effect outside the process, reads nothing outside it, does not read `assignment_id`, and whenever it runs again with the same parameters
            and input it gives the same result, or one that is as right (a random number). A worker may then run it ahead of the commit of what comes
            before it. It runs again after a crash, and if the execution was suspended, cancelled or out of time meanwhile. If the promise is false,
            the effects happen more often than documented, and for visits that do not exist. A subclass with an `execute` of its own has side effects
            until it declares otherwise itself.
    """

    type: ClassVar[str]
    subtype: ClassVar[str]
    parameters: ClassVar[ModelClass]
    ports: ClassVar[tuple[str, ...]] = ("main",)
    kind: ClassVar[str] = NodeKind.WORKER
    queue: ClassVar[str] = "default"
    takes: ClassVar[frozenset[ConnectionType]] = frozenset()
    raw: ClassVar[frozenset[str]] = frozenset()
    joins: ClassVar[Mapping[str, Join]] = MappingProxyType({})
    sees_all: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    errors: ClassVar[tuple[AssignmentErrorCode, ...]] = ()
    isolation: ClassVar[Isolation] = "loop"
    has_side_effects: ClassVar[bool] = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "execute" in cls.__dict__ and "has_side_effects" not in cls.__dict__:
            cls.has_side_effects = True

    @classmethod
    def ports_of(cls, parameters: Any) -> tuple[str, ...]:  # noqa: ARG003  an executor whose parameters decide looks at them
        """Returns the ports that it has with these valid parameters."""
        return cls.ports

    @classmethod
    def warnings_of(cls, parameters: Any) -> Iterable[ParameterWarning]:  # noqa: ARG003  an executor that warns looks at them
        """Returns warnings about valid parameters, which people see when they save a definition. Their codes are those that definitions know."""
        return ()

    @classmethod
    def _ports_are_fixed(cls) -> bool:
        return cls.ports_of.__func__ is NodeExecutor.ports_of.__func__  # type: ignore[attr-defined]  # a class method has it

    @classmethod
    def info(cls) -> NodeTypeInfo:
        """Returns the node type, as definitions are checked against it."""
        credentials = credentials_of(cls.parameters)
        return NodeTypeInfo(
            type=cls.type,
            subtype=cls.subtype,
            parameters=cls.parameters,
            kind=cls.kind,
            ports=cls.ports,
            ports_of=None if cls._ports_are_fixed() else cls.ports_of,
            warnings_of=cls.warnings_of,
            takes=cls.takes,
            raw=cls.raw | credentials.keys(),
            credentials=credentials,
            sees_all=cls.sees_all,
            queue=cls.queue,
            is_built_in=cls.__module__.split(".")[0] == "interlock",
            waits=cls.waits,
            errors=cls.errors,
        )

    @abstractmethod
    async def execute(self, context: NodeExecutionContext[P]) -> NodeExecutionResult:
        """Does the work of one attempt.

        Raises:
            RetryableError: another attempt may succeed.
            FinalError: none will.
            asyncio.CancelledError: the assignment was taken away. Clean up, and let the error through.
        """

    def renew(self) -> Self:
        """Returns an executor of this type for another event loop; called after an executor has blocked the one before."""
        return type(self)()

    async def close(self) -> None:
        """Closes what the executor has opened. Called once, when the worker ends."""
