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
        description="Name of the connection; the worker finds its URL in the environment as INTERLOCK_SQL_<NAME>_URL.",
    )
    credential: Annotated[CredentialName, NamesCredential(("postgres",))] | None = Field(
        default=None, description="The connection as a credential of the kind `postgres`, in the place of `database`."
    )
    query: str = Field(
        min_length=1,
        max_length=262_144,
        description="One statement, with `:name` where a parameter is bound. Not a template: values only come in as parameters.",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict,
        description="Values by name. Objects are bound as jsonb, lists of plain values as arrays. `:idempotency_key` is always there.",
    )
    read_only: bool = Field(default=False, description="Run it in a read-only transaction.")
    role: str | None = Field(default=None, min_length=1, max_length=63, description="Role to take for this statement (SET LOCAL ROLE).")
    statement_timeout_seconds: float = Field(default=30, gt=0, le=3600, description="The server ends the statement after that.")
    max_rows: int = Field(default=1000, ge=0, le=100_000, description="More rows are an error, and nothing is committed.")
    max_result_bytes: int = Field(
        default=1_048_576, ge=0, le=5_242_880, description="A larger result (as JSON) is an error, and nothing is committed."
    )

    @field_validator("query")
    @classmethod
    def _is_one_statement(cls, query: str) -> str:
        read_statement(query)
        return query

    @model_validator(mode="after")
    def _has_one_connection(self) -> Self:
        if (self.database is None) == (self.credential is None):
            raise ValueError("name the connection by `database` or by `credential`, one of them")
        return self

    @property
    def connection_name(self) -> str:
        """What errors call the connection."""
        return self.database or self.credential or ""

    @model_validator(mode="after")
    def _has_every_parameter(self) -> Self:
        missing = sorted(read_statement(self.query).names - self.parameters.keys() - ALWAYS_BOUND)
        if missing:
            raise ValueError(f"query binds {', '.join(':' + name for name in missing)}, and `parameters` has no value for it")
        return self
