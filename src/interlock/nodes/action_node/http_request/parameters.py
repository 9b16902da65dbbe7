"""Parameters of `ACTION_NODE/HTTP_REQUEST`."""

import re
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from interlock.definition.model.credential_name import CredentialName, NamesCredential

Scalar: TypeAlias = str | int | float | bool


def _checked_status(value: int | str) -> int | str:
    if (isinstance(value, int) and 100 <= value <= 599) or (isinstance(value, str) and re.fullmatch(r"[1-5]([0-9]{2}|xx)", value)):
        return value
    raise ValueError("a status is 100 to 599, or a class of them, 1xx to 5xx")


StatusPattern: TypeAlias = Annotated[int | str, AfterValidator(_checked_status)]


class HttpRequestParameters(BaseModel):
    """Sends one HTTP request and gives its response."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    url: str = Field(min_length=1, max_length=8192, description="An http or https address.")
    credential: Annotated[CredentialName, NamesCredential(("bearer", "basic", "header"))] | None = Field(
        default=None,
        description="Proves who asks: a `bearer` token, a `basic` user name and password, or a `header`. Sent to the origin of the URL only.",
    )
    headers: dict[str, Scalar] = Field(default_factory=dict, description="Request headers. `Idempotency-Key` is added unless given here.")
    query: dict[str, Scalar | list[Scalar] | None] = Field(
        default_factory=dict, description="Query parameters, added to those of the URL; null leaves one out."
    )
    json_body: Any = Field(default=None, alias="json", description="Body to send as JSON; null sends none.")
    body: str | None = Field(default=None, description="Body to send as UTF-8 text.")
    form: dict[str, Scalar | list[Scalar]] | None = Field(default=None, description="Body to send as an HTML form.")
    timeout_seconds: float = Field(default=30, gt=0, le=600, description="For the whole exchange, redirects and body included.")
    max_response_bytes: int = Field(default=1_048_576, ge=0, le=5_242_880, description="Reading stops there, and the node fails.")
    max_redirects: int = Field(default=5, ge=0, le=20, description="0 takes a redirect as the answer.")
    allow_private_addresses: bool = Field(
        default=False, description="Ask for addresses that are not public. The worker's operator must permit them too (INTERLOCK_HTTP_ALLOW_PRIVATE)."
    )
    expected_status: list[StatusPattern] = Field(default=["2xx"], min_length=1, description="Statuses that complete the node, such as 404 or `2xx`.")
    retry_on_status: list[StatusPattern] = Field(
        default=[408, 425, 429, "5xx"], description="Other statuses after which a retry may succeed; the rest are final."
    )
    response: Literal["auto", "json", "text", "base64"] = Field(default="auto", description="How to give the body; `auto` goes by its content type.")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        given = [name for name, value in (("json", self.json_body), ("body", self.body), ("form", self.form)) if value is not None]
        if len(given) > 1:
            raise ValueError(f"a request has one body, and {' and '.join(given)} are given")
        return self


def matches(status: int, patterns: list[StatusPattern]) -> bool:
    text = str(status)
    return any(str(pattern) == text or str(pattern) == f"{text[0]}xx" for pattern in patterns)
