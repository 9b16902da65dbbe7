"""An executor that leaks its secret in every way that it can."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from interlock.definition.model.credential_name import CredentialName, NamesCredential
from interlock.nodes import Completed, Credential, FinalError, NodeExecutionContext, NodeExecutionResult, NodeExecutor, RetryableError
from interlock.nodes.contract import ModelClass

LIBRARY = logging.getLogger("some.library")


class LeakParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: Annotated[CredentialName, NamesCredential(("own", "bearer"))] | None = None
    other: CredentialName | None = None
    how: str = "output"


class Leak(NodeExecutor[LeakParameters]):
    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "LEAK"
    parameters: ClassVar[ModelClass] = LeakParameters

    def __init__(self) -> None:
        self.got: list[Mapping[str, Credential]] = []
        self.hows: list[str] = []

    async def execute(self, context: NodeExecutionContext[LeakParameters]) -> NodeExecutionResult:
        self.got.append(dict(context.credentials))
        self.hows.append(context.parameters.how)
        if "key" not in context.credentials:
            return Completed(output={"given": sorted(context.credentials), "input": dict(context.input)})
        secret = next(iter(context.credentials["key"].fields.values()))
        context.logger.warning("it is %s", secret, extra={"shown": secret, "pair": {"a": secret}})
        LIBRARY.warning("sent %r to %s", secret.encode(), secret, extra={"shown": secret}, stack_info=True)
        LIBRARY.warning("too few %s %s", secret)
        match context.parameters.how:
            case "raise":
                raise ValueError("x" * 1990 + secret + secret) from KeyError(secret)
            case "retryable":
                raise RetryableError("not_yet", "x" * 1995 + secret, details={"sent": secret, "again": [secret], secret: 1}, hint=f"not {secret}")
            case "final":
                raise FinalError(secret, secret, details={"strange": Strange(secret)})
            case "later":
                context.logger.warning("a task is left behind")
                asyncio.get_running_loop().create_task(_fail(secret))
                return Completed(output={})
            case "port":
                return Completed(output={}, port=secret)
            case _:
                return Completed(output={"said": secret, "list": [secret], secret: 1}, context={"kept": secret})


class Strange:
    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


async def _fail(secret: str) -> Any:
    raise ValueError(secret)
