"""What an operation of the API is, and the kinds of facts about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from interlock.api.auth.permissions import Permission
from interlock.api.models.base import Answer, Request
from interlock.errors import InterlockError

Service = Literal[
    "session",
    "workflows",
    "drafts",
    "executions",
    "assignments",
    "node_types",
    "expressions",
    "users",
    "workspaces",
    "api_keys",
    "credentials",
    "overview",
]
SERVICES: Final[dict[Service, str]] = {
    "session": "Signing in and out, and changing one's own password.",
    "workflows": "Workflows, their versions, and starting them.",
    "drafts": "Unfinished workflows of the caller, and who else edits one.",
    "executions": "Lists, reads, watches, stops and retries executions.",
    "assignments": "Lets workers outside claim assignments, keep them alive and complete them.",
    "node_types": "The node types that definitions may use.",
    "expressions": "The values of expressions and templates over data, and what can be written in them.",
    "users": "The people of a workspace, and their roles in it.",
    "workspaces": "Teams that share an installation and see nothing of each other.",
    "api_keys": "Keys for programs.",
    "credentials": "Secrets that nodes use: written, never read back.",
    "overview": "The state of the whole installation.",
}
"""Each is a module of `models/`, of `services/` and of this package, a service of gRPC and a tag of OpenAPI, in the order of the reference."""


class Repeat(Enum):
    """What happens when the same request is sent twice, for example because the first answer was lost. The values are shown in the reference."""

    READS = "It changes nothing, so it can be repeated."
    CHANGES_NOTHING = "A repeat changes nothing more, and succeeds."
    IDEMPOTENCY_KEY = "A repeat with the same `idempotency_key` changes nothing more and returns the same execution; without a key it acts again."
    REQUEST_NUMBER = "A repeat with the same `request` number changes nothing more and returns the same answer."
    ACTS_AGAIN = "A repeat acts again, or is refused."


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderField:
    """A field of the request that REST takes as a header.

    Attributes:
        pattern: regular expression of the whole header value; `words` says the same to people.
        only: whether REST takes the field as this header and nowhere else.
    """

    field: str
    header: str
    pattern: str
    words: str
    description: str
    only: bool = False


IF_MATCH: Final = HeaderField(
    field="expected_version",
    header="If-Match",
    pattern=r'^("[1-9][0-9]{0,9}"|\*)$',
    words='a version in double quotes, for example "3", or *',
    description='The `ETag` of the version that was edited, for example `"3"`. Where the workflow has a newer one, nothing is done (IL019).',
    only=True,
)
IDEMPOTENCY_KEY: Final = HeaderField(
    field="idempotency_key",
    header="Idempotency-Key",
    pattern=r"^[\x21-\x7e]([\x20-\x7e]{0,498}[\x21-\x7e])?$",
    words="1 to 500 characters of ASCII, without blanks at its ends",
    description="The same as the field `idempotency_key` of the body: a repeat with the same key returns the same execution.",
)
LAST_EVENT_ID: Final = HeaderField(
    field="since",
    header="Last-Event-ID",
    pattern=r"^[0-9]{1,19}$",
    words="the id of an event, a whole number",
    description="The `id` of the last event received; the stream continues after it. It takes precedence over `since`.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """All facts about one operation.

    Attributes:
        name: its name everywhere: the operation id of OpenAPI, the method of the Python client, the function in `services/`;
            in gRPC in CamelCase.
        service: the service that it belongs to, a key of `SERVICES`.
        rest: method and path below `/api/v1`, for example `GET /workflows/{workflow}`; names in braces are fields of the request.
        permission: what the caller's role must have.
        errors: what it raises, besides what every operation of its kind raises (`general_errors`).
        status: HTTP status of success.
        repeat: what a second call with the same request does.
        streams: answers with any number of events.
        header: a field that REST takes as a header.
        etag: whether REST answers with an `ETag`, the field `version` of the answer. A read honours `If-None-Match`.
        location: path of what it makes, with fields of the answer in braces; REST answers it as the header `Location`.
        yaml: whether the body may also be a definition as YAML.
        session: whether it begins a session (the answer has a token) or ends the caller's.
    """

    name: str
    service: Service
    rest: str
    permission: Permission
    request: type[Request]
    answer: type[Answer]
    errors: Sequence[type[InterlockError]] = ()
    status: int = 200
    repeat: Repeat = Repeat.READS
    streams: bool = False
    header: HeaderField | None = None
    etag: bool = False
    location: str | None = None
    yaml: bool = False
    session: Literal["begins", "ends"] | None = None

    @property
    def method(self) -> str:
        """`GET`, `POST`, `PUT`, `PATCH` or `DELETE`."""
        return self.rest.partition(" ")[0]

    @property
    def path(self) -> str:
        """Path below `/api/v1`."""
        return self.rest.partition(" ")[2]

    @property
    def has_body(self) -> bool:
        """Whether REST takes the fields that are not in the path as a body, not as a query."""
        return self.method in {"POST", "PUT", "PATCH"}

    @property
    def takes_definition(self) -> bool:
        """Whether a body may be as large as a definition."""
        return self.has_body and "definition" in self.request.model_fields

    @property
    def is_conditional(self) -> bool:
        """Whether REST answers 304 where the caller has the present `ETag`."""
        return self.etag and self.method == "GET"


def camel_case(name: str) -> str:
    """`run_workflow` is `RunWorkflow` in gRPC."""
    return "".join(part.capitalize() for part in name.split("_"))
