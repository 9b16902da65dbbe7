"""What all operations share: the proof that is sent, how long to wait, and what is tried again."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import uuid4

import httpx

from interlock.api.auth.csrf import is_loopback
from interlock.api.models.base import Answer
from interlock.api.models.session import Session
from interlock.api.operations import OPERATIONS, Operation, Repeat
from interlock.backoff import Backoff
from interlock.client.problems import error_of, invalid_answer
from interlock.client.requests import PreparedCall, prepare
from interlock.errors import DatabaseUnavailable, InterlockError, LimitReached, ServerUnreachable

AnswerT = TypeVar("AnswerT", bound=Answer)

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0
REPEATABLE: Final = frozenset({Repeat.READS, Repeat.CHANGES_NOTHING, Repeat.REQUEST_NUMBER})

_PROOF: Final = re.compile(r"[!-~]+")
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Caller:
    """Calls one server. Open it with `async with`, or close it with `close`."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        token: str | None = None,
        timeout_seconds: float = 30.0,
        patience_seconds: float = 30.0,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """Sends nothing yet. If you have neither a key nor a token, call `sign_in` with email and password.

        Args:
            url: address of the server, for example `http://127.0.0.1:8080`, without `/api/v1`; with a path if a proxy serves it below one.
            api_key: a key that `create_api_key` returned.
            token: a JWT of the Supabase project that the server accepts.
            timeout_seconds: how long one answer may take.
            patience_seconds: for how long a call that may be repeated is tried again while no answer comes; 0: it is not tried again.
            http: what sends the requests, if you need to set more than `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and `SSL_CERT_FILE` in the
                environment can; you close it.

        Raises:
            ValueError: the address, key or token cannot be one, or there are both a key and a token.
        """
        check_address(url)
        if api_key is not None and token is not None:
            raise ValueError("give an api_key or a token, not both")
        for name, proof in (("api_key", api_key), ("token", token)):
            if proof is not None and not _PROOF.fullmatch(proof):
                raise ValueError(f"the {name} cannot be one: it is empty, or has characters other than letters, digits and punctuation")
        self.url: Final = url.rstrip("/")
        self._patience_seconds = patience_seconds
        self._timeout = httpx.Timeout(timeout_seconds, connect=min(10.0, timeout_seconds))
        self._owns_http = http is None
        self._http = http or httpx.AsyncClient(follow_redirects=False, mounts=_without_proxy(self.url))
        self._bearer = api_key or token
        self._csrf_token: str | None = None

    async def close(self) -> None:
        """Closes the connections."""
        if self._owns_http:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def _ask(self, name: str, answer: type[AnswerT], /, **values: Any) -> AnswerT:
        """Calls one operation with the fields of its request; None stands for a field that is left out."""
        operation = OPERATIONS[name]
        if operation.repeat is Repeat.IDEMPOTENCY_KEY:
            values["idempotency_key"] = values["idempotency_key"] or uuid4().hex
        response = await self._send_patiently(operation, prepare(operation, values))
        answered = _read(operation, response, answer)
        if isinstance(answered, Session):
            self._csrf_token = answered.csrf_token
        elif operation.session == "ends":
            self._csrf_token = None
        return answered

    async def _send_patiently(self, operation: Operation, call: PreparedCall) -> httpx.Response:
        """Tries until there is an answer, as long as a repeat is safe and the patience lasts.

        Raises:
            InterlockError: the error that the server answered, or `ServerUnreachable`.
        """
        pauses = Pauses(self._patience_seconds)
        may_repeat = operation.repeat in REPEATABLE or call.has_idempotency_key
        while True:
            try:
                response = await self._http.request(
                    operation.method,
                    f"{self.url}{call.path}",
                    params=call.query,
                    content=call.body,
                    headers=self._headers(operation, call),
                    timeout=self._timeout,
                )
            except httpx.TransportError as error:
                failure: InterlockError = unreachable(self.url, error)
                again = may_repeat or isinstance(error, _NOT_SENT)
                asked_seconds = None
            else:
                if response.is_success:
                    return response
                failure = error_of(response)
                again = _may_send_again(response, failure, may_repeat=may_repeat)
                asked_seconds = retry_after(response)
            if not again or not await pauses.pause(asked_seconds):
                raise failure

    def _headers(self, operation: Operation, call: PreparedCall) -> dict[str, str]:
        headers = {"Accept": "application/json", **call.headers}
        if self._bearer is not None:
            headers["Authorization"] = f"Bearer {self._bearer}"
        elif self._csrf_token is not None and operation.method != "GET":
            headers["X-CSRF-Token"] = self._csrf_token
        return headers


def check_address(url: str) -> None:
    """Checks that requests can be sent to an address.

    Raises:
        ValueError: they cannot; it says why.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is not the address of a server: it begins with http:// or https://")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"{url!r} is not the address of a server: {error}") from error
    if not parsed.host or parsed.query or parsed.fragment or re.search(r"[\s%]", parsed.host):
        raise ValueError(f"{url!r} is not the address of a server: it has a host, and neither a query nor a fragment")


def _without_proxy(url: str) -> dict[str, httpx.AsyncBaseTransport | None]:
    """Bypasses the proxy of the environment for a server on this machine: to the proxy the same name means another machine."""
    host = httpx.URL(url).host
    return {f"all://{f'[{host}]' if ':' in host else host}": None} if is_loopback(host) else {}


class Pauses:
    """Pauses between tries. They grow, and end when the patience is over.

    Args:
        clock: returns seconds that only grow.
        sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        patience_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._give_up_at = clock() + patience_seconds
        self._backoff = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)

    async def pause(self, asked_seconds: float | None = None) -> bool:
        """Waits for the seconds that the server asked for, else about twice as long as before. Returns false at once if the patience ends earlier."""
        seconds = self._backoff.next_seconds() if asked_seconds is None else asked_seconds
        if self._clock() + seconds > self._give_up_at:
            return False
        await self._sleep(seconds)
        return True


def retry_after(response: httpx.Response) -> float | None:
    """Returns the seconds of `Retry-After`; None if it is missing or a date."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def unreachable(url: str, error: httpx.TransportError) -> ServerUnreachable:
    if isinstance(error, httpx.ProxyError):
        return ServerUnreachable(
            f"the proxy to {url} refused the connection: {error}",
            hint="HTTPS_PROXY or HTTP_PROXY names it; with the host in NO_PROXY the server is asked directly",
        )
    return ServerUnreachable(
        f"{url} does not answer: {str(error) or type(error).__name__}",
        hint="check the address, and that `interlock up` or `interlock api` runs there",
    )


def _may_send_again(response: httpx.Response, failure: InterlockError, *, may_repeat: bool) -> bool:
    """Returns whether to send the same call again: the error must be temporary, and the call either not done or safe to repeat.

    What exceeded a limit was not done. After a proxy's 502 to 504, or a lost database, the call may have been done; any other 503 with `Retry-After`
    means that it was not.
    """
    if isinstance(failure, LimitReached):
        return True
    if response.status_code not in {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}:
        return False
    if isinstance(failure, ServerUnreachable | DatabaseUnavailable):
        return may_repeat
    return failure.retryable and (may_repeat or "retry-after" in response.headers)


def _read(operation: Operation, response: httpx.Response, answer: type[AnswerT]) -> AnswerT:
    if response.status_code == HTTPStatus.NO_CONTENT:
        return answer()
    try:
        return answer.model_validate_json(response.content)
    except ValueError as error:
        raise invalid_answer(operation.name, error) from error
