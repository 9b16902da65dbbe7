"""Parameters of `ACTION_NODE/HTTP_REQUEST`."""

import re
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from interlock.definition.model.credential_name import CredentialName, NamesCredential
from interlock.nodes.action_node.http_request.url import LONGEST_URL

Scalar: TypeAlias = str | int | float | bool


def _checked_status(value: int | str) -> int | str:
    if (isinstance(value, int) and 100 <= value <= 599) or (isinstance(value, str) and re.fullmatch(r"[1-5]([0-9]{2}|xx)", value)):
        return value
    raise ValueError("a status is 100 to 599, or a class of statuses from 1xx to 5xx")


StatusPattern: TypeAlias = Annotated[int | str, AfterValidator(_checked_status)]


class HttpRequestParameters(BaseModel):
    """Sends one HTTP request and returns the response."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(default="GET", description="The HTTP method.")
    url: str = Field(
        min_length=1,
        max_length=LONGEST_URL,
        description="The address to send the request to. It begins with http:// or https://. After the host, the values of templates are "
        "percent-encoded, so each is one part of the path or of the query.",
    )
    credential: Annotated[CredentialName, NamesCredential(("bearer", "basic", "header"))] | None = Field(
        default=None,
        description="Proves who sends the request: a `bearer` token, a `basic` user name and password, or a "
        "`header`. It goes only to the origin of the URL.",
    )
    headers: dict[str, Scalar] = Field(default_factory=dict, description="Headers of the request. `Idempotency-Key` is added unless you set it here.")
    query: dict[str, Scalar | list[Scalar] | None] = Field(
        default_factory=dict,
        description="Query parameters, added behind those of the URL, which stay as they are; a name may be in both. "
        "A list is the parameter several times; a parameter that is null is left out.",
    )
    json_body: Any = Field(
        default=None,
        alias="json",
        description='The body, sent as JSON. With null there is no body; JSON\'s null is `body: "null"` with a content type.',
    )
    body: str | None = Field(
        default=None, description="The body, sent as UTF-8 text. With null there is no body; an empty text is a body of no bytes."
    )
    form: dict[str, Scalar | list[Scalar]] | None = Field(
        default=None, description="The body, sent as an HTML form. With null there is no body; a form without fields is a body of no bytes."
    )
    timeout_seconds: float = Field(default=30, gt=0, le=600, description="How many seconds the whole request may take, with redirects and the body.")
    max_response_bytes: int = Field(
        default=1_048_576, ge=0, le=5_242_880, description="The largest response body, in bytes. The node fails if the body is larger."
    )
    max_redirects: int = Field(default=5, ge=0, le=20, description="How many redirects to follow. With 0 a redirect is the response.")
    allow_private_addresses: bool = Field(
        default=False,
        description="Allow addresses that are not public. The operator of the worker has to allow them, too (INTERLOCK_HTTP_ALLOW_PRIVATE).",
    )
    expected_status: list[StatusPattern] = Field(
        default=["2xx"], min_length=1, description="The statuses with which the node completes, such as 404 or `2xx`."
    )
    retry_on_status: list[StatusPattern] = Field(
        default=[408, 425, 429, "5xx"],
        description="Statuses after which the node is tried again, as its retry policy says. With any other status it fails at once.",
    )
    response: Literal["auto", "json", "text", "base64"] = Field(
        default="auto",
        description="How to read the response body. `auto` looks at its content type and marks what is not what it says; the others fail then.",
    )

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        given = [name for name, value in (("json", self.json_body), ("body", self.body), ("form", self.form)) if value is not None]
        if len(given) > 1:
            raise ValueError(f"a request has one body, but {' and '.join(given)} are set")
        return self


def matches(status: int, patterns: list[StatusPattern]) -> bool:
    text = str(status)
    return any(str(pattern) == text or str(pattern) == f"{text[0]}xx" for pattern in patterns)
