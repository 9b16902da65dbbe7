"""For each SQL function that the API calls: what its arguments can name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionRule:
    """What one function can be asked.

    Attributes:
        names: the kind of thing that each argument names; `worlds.py` has values of each kind.
        given: the other arguments.
        reads: whether it is called in statements that read, by the role that reads.
        differs: why it does not return what it returns for what exists nowhere.
        shows: what it shows of the victim, and why.
    """

    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    given: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    reads: bool = False
    differs: str | None = None
    shows: str | None = None


def _rule(
    given: Mapping[str, Any] | None = None, *, reads: bool = False, differs: str | None = None, shows: str | None = None, **names: str
) -> FunctionRule:
    return FunctionRule(
        names={f"p_{name}": kind for name, kind in names.items()},
        given={f"p_{name}": value for name, value in (given or {}).items()},
        reads=reads,
        differs=differs,
        shows=shows,
    )


_BY: Final = {"by": "zqbattle admin"}
_NEW: Final = "0197b7a5-0000-7000-8000-000000000000"
_NOTHING: Final = "00000000-0000-0000-0000-000000000000"
_LATER: Final = "infinity"
_EARLIER: Final = "-infinity"
_ALL: Final = ["pending", "running", "waiting", "paused", "completed", "failed", "cancelled", "timed_out"]
_SEALED: Final = {"ciphertext": b"zqbattle", "wrapped_key": b"zqbattle", "key_id": "zqbattle"}
_ABOUT: Final = {"description": "zqbattle", "field_names": ["token"], "allowed_hosts": ["zqbattle.example.com"]}

FUNCTIONS: Final[Mapping[str, FunctionRule]] = MappingProxyType(
    {
        # definitions
        "find_workflow": _rule(reads=True, workflow="workflow"),
        "save_workflow": _rule(
            {"tags": [], "only_new": True, "note": "zqbattle", "source": "{}", "is_written": False, **_BY},
            name="workflow_name",
            definition="definition",
            compiled="compiled",
            checksum="checksum",
        ),
        "update_workflow": _rule(
            {"tags": [], "expected_version": None, "note": "zqbattle", "source": "{}", "is_written": False, **_BY},
            workflow_id="workflow_id",
            name="workflow_name",
            definition="definition",
            compiled="compiled",
            checksum="checksum",
        ),
        "delete_workflow": _rule({"expected_version": None, **_BY}, workflow_id="workflow_id"),
        "get_version": _rule({"with_workspace": True}, version_id="version_id"),
        # drafts
        "save_draft": _rule(
            {"base_version": None, "definition": "{}", "text": None, "syntax": None, "pins": None, "revision": 1},
            user_id="worker_owner",
            id="draft",
            workflow_id="workflow_id",
        ),
        "get_draft": _rule(user_id="worker_owner", id="draft"),
        "list_drafts": _rule({"after_at": None, "limit": 100}, user_id="worker_owner", workflow_id="workflow_id", after_id="draft"),
        "delete_draft": _rule({"revision": None}, user_id="worker_owner", id="draft"),
        "report_editing": _rule({"leaves": False}, user_id="worker_owner", workflow_id="workflow_id"),
        # executions
        "start_executions": _rule({"version": None, "offers": True}, workflow="workflow", executions="executions", trigger="trigger"),
        "list_executions": _rule(
            {"statuses": _ALL, "created_from": _EARLIER, "created_to": _LATER, "before_at": _LATER, "limit": 100, "tests": "include"},
            reads=True,
            workflow_id="workflow_id",
            subject="subject",
            before_id="execution",
        ),
        "count_executions": _rule({"statuses": _ALL, "most": 100, "tests": "include"}, reads=True, workflow_id="workflow_id", subject="subject"),
        "execution_output": _rule(reads=True, execution_id="execution"),
        "output_of": _rule(reads=True, execution_id="execution", assignment_id="assignment"),
        "run_data_page": _rule({"after": _NOTHING, "limit": 100, "bytes": 1_000_000}, reads=True, execution_id="execution"),
        "cancel": _rule({"reason": "zqbattle", **_BY}, execution_id="execution"),
        "cancel_assignment": _rule({"reason": "zqbattle", **_BY}, execution_id="execution", assignment_id="assignment"),
        "suspend": _rule(_BY, execution_id="execution"),
        "continue": _rule(_BY, execution_id="execution"),
        "retry": _rule({"newest": False, "trace_parent": None, **_BY}, execution_id="execution", from_node="node", idempotency_key="idempotency_key"),
        "start_test_run": _rule(
            {"test": "{}", "input": "{}", "subject": None, "taken": "[]", "feeds": [], "trace_parent": None, **_BY},
            workflow_id="workflow_id",
            name="workflow_name",
            definition="definition",
            compiled="compiled",
            checksum="checksum",
            trigger="trigger",
            from_execution="execution",
        ),
        "explain": _rule({"limit": 100}, execution_id="execution"),
        # workers
        "register_worker": _rule(
            {"name": "zqbattle", "lease_seconds": 60, "details": "{}"},
            differs="an id that no worker has is how a new worker begins; any other is refused like that of a worker that was lost",
            worker_id="worker",
            queues="queues",
            registered_by="user",
            workspaces="workspaces",
        ),
        "touch_worker": _rule(worker_id="worker", registered_by="worker_owner"),
        "heartbeat": _rule({"statistics": "{}"}, worker_id="worker"),
        "stop_worker": _rule(worker_id="worker"),
        "exchange": _rule(
            {"limits": [10, 10], "slim": False, "offers": False}, worker_id="worker", request="fresh_number", results="results", queues="queues"
        ),
        # people
        "list_users": _rule({"limit": 100}, search="search", after="email"),
        "get_user": _rule(user_id="user"),
        "create_user": _rule(
            {"name": "zqbattle", "role": "viewer", "password_hash": None, "must_change": False, "external_id": None, **_BY},
            shows="whoever adds somebody by email sees their name",
            email="email",
        ),
        "update_user": _rule(
            {"name": None, "role": "viewer", "disabled": True, "password_hash": None, **_BY}, user_id="user", by_user="worker_owner"
        ),
        "delete_user": _rule(_BY, user_id="user"),
        "list_api_keys": _rule({"after_at": None, "limit": 100}, user_id="worker_owner", after_id="api_key"),
        "create_api_key": _rule(
            {"name": "zqbattle", "prefix": "zqbattle", "key_hash": b"z" * 32, "role": "viewer", "days": None, **_BY},
            user_id="user",
            made_by_key="api_key",
        ),
        "revoke_api_key": _rule({"user_id": None, "by_key": None, **_BY}, api_key_id="api_key"),
        # credentials
        "list_credentials": _rule({"limit": 100}, after="credential_name"),
        "get_credential": _rule(id="credential"),
        "save_credential": _rule({"id": _NEW, "kind": "bearer", **_ABOUT, **_SEALED, **_BY}, name="credential_name"),
        "replace_credential": _rule({**_ABOUT, **_SEALED, **_BY, "hosts_before": None}, id="credential"),
        "delete_credential": _rule(_BY, id="credential"),
        "use_credential": _rule(name="credential_name", workspace_id="workspace"),
        # workspaces
        "list_workspaces": _rule({"all": False, "after": None, "limit": 100}, user_id="user"),
        "get_workspace": _rule({"all": True}, workspace_id="workspace", user_id="user"),
        "create_workspace": _rule(_BY, name="workspace_name", by_user="user"),
        "update_workspace": _rule({"changes": '{"max_streams": 1}', **_BY}, workspace_id="workspace", by_user="user"),
        "delete_workspace": _rule(_BY, workspace_id="workspace"),
        "visible_workspaces": _rule(reads=True),
    }
)

NOT_LIMITED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "find_session": "whoever has a token is asked who they are by it, before there is a workspace",
        "find_api_key": "the same for a key",
        "begin_sign_in": "the same for an email; it returns the hash that the password is compared with, and is no answer",
        "open_session": "signs in whoever has proved who they are, in a workspace of theirs",
        "refuse_sign_in": "counts a wrong password",
        "admit_external_user": "the same as open_session, for whom an identity service vouches",
        "end_session": "the caller's own session",
        "change_password": "the caller's own password, which is of the installation",
        "switch_workspace": "the caller's own session, to a workspace of theirs: see test_sessions.py",
        "register_listener": "for ends of executions, which the process keeps to itself: streams read what they show",
        "remove_listener": "the same",
        "read_as_workspace": "limits what follows",
        "now": "the time",
        "uuidv7": "a new id",
        "count_started": "counts what the caller started, in all workspaces",
        "open_count_of_user": "the same",
        "unscoped_name": "computes from its arguments alone",
        "queue_key": "says of the first workspace alone whether its queues carry its id",
    }
)
"""Functions that the API calls without a workspace, or that read no table, with the reason."""
