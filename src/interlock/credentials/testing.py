"""Tries a credential once, with the executor of the node that would use it: the same rules about hosts, addresses and users, the same errors."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from interlock.credentials.cipher import Cipher
from interlock.credentials.reader import CredentialReader, CredentialUse
from interlock.credentials.store import CredentialStore
from interlock.definition.validation.expected import words_of
from interlock.errors import InvalidRequest
from interlock.nodes import Credential, Credentials, NodeError, NodeExecutionContext, NodeExecutor, NodeIdentity
from interlock.nodes.credential import KINDS
from interlock.nodes.results import Completed

TEST_SECONDS: Final = 10.0
_HTTP_KINDS: Final = KINDS.keys() - {"postgres"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialTestResult:
    """What a test found, with the secrets masked.

    Attributes:
        code: the error that a node would have failed with; None if the test passed.
    """

    passed: bool
    message: str
    code: str | None = None
    hint: str | None = None


def check_can_be_tested(kind: str, url: str | None) -> None:
    """Checks that there is a test for a kind, and that it has what it needs.

    Raises:
        InvalidRequest: not so.
    """
    if kind not in KINDS:
        raise InvalidRequest.of(
            "credential_id", f"a credential of the kind {kind} is used by other packages only", "not_testable", "run a node that uses it"
        )
    if kind in _HTTP_KINDS and not url:
        raise InvalidRequest.of("url", "is missing", "missing_field", "give an address of the service, to which a GET is sent with this credential")
    if kind not in _HTTP_KINDS and url:
        raise InvalidRequest.of("url", f"a credential of the kind {kind} has its own address", "not_for_kind", "leave it out")


async def run_test(
    store: CredentialStore, cipher: Cipher | None, name: str, *, url: str | None, allow_private_addresses: bool
) -> CredentialTestResult:
    """Reads a credential as a worker does, and sends a GET to the URL with it, or connects to the database and runs `select 1`.

    It takes at most `TEST_SECONDS`. A credential that a worker could not read has not passed, with the same error.

    Raises:
        InvalidRequest: as `check_can_be_tested`.
    """
    reader = CredentialReader(store.use, cipher)
    try:
        [credential] = (await reader.read([CredentialUse(parameter="credential", name=name)])).values()
    except NodeError as error:
        return CredentialTestResult(passed=False, message=error.message, code=error.code, hint=error.hint)
    finally:
        reader.close()
    return await _try(credential, url=url, allow_private_addresses=allow_private_addresses)


async def _try(credential: Credential, *, url: str | None, allow_private_addresses: bool) -> CredentialTestResult:
    check_can_be_tested(credential.kind, url)
    executor, parameters = _node_of(credential.kind, url)
    credentials = Credentials({"credential": credential})
    try:
        given = {**parameters, "credential": credential.name, "allow_private_addresses": allow_private_addresses}
        result = await executor.execute(_context(executor, given, credentials))
    except NodeError as error:
        hint = None if error.hint is None else credentials.masker.text(error.hint)
        return CredentialTestResult(passed=False, message=credentials.masker.text(error.message), code=error.code, hint=hint)
    finally:
        await executor.close()
    status = result.output.get("status") if isinstance(result, Completed) else None
    return CredentialTestResult(passed=True, message="the database accepts the connection" if status is None else f"the service answered {status}")


def _node_of(kind: str, url: str | None) -> tuple[NodeExecutor[Any], Mapping[str, Any]]:
    """Returns the executor that uses a kind, and its parameters for a test."""
    if kind in _HTTP_KINDS:
        from interlock.nodes.action_node.http_request.executor import HttpRequest

        return HttpRequest(), {"url": url, "timeout_seconds": TEST_SECONDS, "response": "base64", "max_response_bytes": 5_242_880}
    from interlock.nodes.action_node.sql_query.executor import SqlQuery

    return SqlQuery(), {"query": "select 1 as one", "read_only": True, "statement_timeout_seconds": TEST_SECONDS / 2}


def _context(executor: NodeExecutor[Any], parameters: Mapping[str, Any], credentials: Credentials) -> NodeExecutionContext[Any]:
    try:
        model = executor.parameters.model_validate(parameters)
    except ValidationError as error:
        message, _ = words_of(error.errors(include_url=False)[0])
        raise InvalidRequest.of("url", message, "bad_value", "for example https://api.example.com/me") from None
    return NodeExecutionContext(
        input={},
        parameters=model,
        idempotency_key="",
        execution_id="",
        assignment_id="",
        node=NodeIdentity(id="test", name="test of a credential"),
        timeout_seconds=TEST_SECONDS,
        logger=logging.getLogger(__name__),
        credentials=credentials,
    )
