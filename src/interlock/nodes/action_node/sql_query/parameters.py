"""Parameters of `ACTION_NODE/SQL_QUERY`."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from interlock.definition.model.credential_name import CredentialName, NamesCredential
from interlock.nodes.action_node.sql_query.statement import read_statement

ALWAYS_BOUND = frozenset({"idempotency_key"})


class SqlQueryParameters(BaseModel):
    """Runs one SQL statement in a transaction of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][A-Za-z0-9_]{0,62}$",
        description="The name of a connection. The operator of the worker sets its URL as INTERLOCK_SQL_<NAME>_URL.",
    )
    credential: Annotated[CredentialName, NamesCredential(("postgres",))] | None = Field(
        default=None, description="A credential of the kind `postgres` with the connection, instead of `database`."
    )
    allow_private_addresses: bool = Field(
        default=False, description="Whether the host of a `credential` may be private. The operator of the worker has to permit it as well."
    )
    query: str = Field(
        min_length=1,
        max_length=262_144,
        description="One SQL statement, with `:name` for each value. Not a template: values come only from `parameters`.",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict,
        description="The values, by name: any JSON. A cast decides what a list becomes, as in `:ids::int[]` or `:tags::jsonb`. "
        "`:idempotency_key` is always there.",
    )
    read_only: bool = Field(default=False, description="Run the statement in a read-only transaction.")
    role: str | None = Field(default=None, min_length=1, max_length=63, description="The role to use for this statement (SET LOCAL ROLE).")
    statement_timeout_seconds: float = Field(
        default=30, gt=0, le=3600, description="How many seconds the statement may take. Then the server ends it, and the node is tried again."
    )
    max_rows: int = Field(
        default=1000, ge=0, le=100_000, description="The largest number of rows. With more rows the node fails, and nothing is committed."
    )
    max_result_bytes: int = Field(
        default=1_048_576,
        ge=0,
        le=5_242_880,
        description="The largest result, in bytes of JSON. With a larger one the node fails, and nothing is committed.",
    )

    @field_validator("query")
    @classmethod
    def _is_one_statement(cls, query: str) -> str:
        read_statement(query)
        return query

    @model_validator(mode="after")
    def _has_one_connection(self) -> Self:
        if (self.database is None) == (self.credential is None):
            raise ValueError("name the connection with either `database` or `credential`")
        return self

    @property
    def connection_name(self) -> str:
        """The name of the connection in errors."""
        return self.database or self.credential or ""

    @model_validator(mode="after")
    def _has_every_parameter(self) -> Self:
        missing = sorted(read_statement(self.query).names - self.parameters.keys() - ALWAYS_BOUND)
        if missing:
            raise ValueError(f"query binds {', '.join(':' + name for name in missing)}, and `parameters` has no value for it")
        return self
