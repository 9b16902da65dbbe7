"""For each operation: what its fields can name, and what it answers to somebody who names what belongs to another workspace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

NOT_FOUND: Final = "IL001"
NO_WORKFLOW: Final = "IL005"
NO_DRAFT: Final = "IL024"
NO_WORKER: Final = "IL010"
NO_USER: Final = "IL036"
NO_KEY: Final = "IL038"
NO_CREDENTIAL: Final = "IL040"
NO_WORKSPACE: Final = "IL060"
NOT_VALID: Final = "IL054"
OK: Final = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What must come back from one operation.

    Attributes:
        names: the kind of thing that each field names, by its path in the request: `results.execution_id`. `worlds.py` has values of each kind.
        answers: the codes that an attack may be answered with, `ok` among them. The answer itself must be that for names that exist nowhere.
        refuses: what must be answered where all fields that are required name what belongs to the victim; None: one of `answers`.
        shows: what the answer may say of the victim, with the reason; the marker and ids are then allowed.
        differs: why the answer is not that for names that exist nowhere.
        also: fields that need not be given, with a value that names nothing.
        variations: requests that name nothing, and ask for something else than one without any fields.
        made: where what the attacker got is deleted again, so that its name is free for the next attack: a path for the first id of the answer.
        alone: whether each attack needs a workflow of the attacker that nothing was done to.
        names_workspaces: whether who is a member of the victim's workspace, or administers the installation, may learn its name and limits here.
        ends_session: whether the caller is signed out or moved, so that it is tried last.
    """

    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    answers: frozenset[str] = frozenset({OK})
    refuses: str | None = None
    shows: str | None = None
    differs: str | None = None
    also: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    variations: Sequence[Mapping[str, Any]] = ()
    made: str | None = None
    alone: bool = False
    names_workspaces: bool = False
    ends_session: bool = False


def _rule(
    *answers: str,
    refuses: str | None = None,
    shows: str | None = None,
    differs: str | None = None,
    also: Mapping[str, Any] | None = None,
    variations: Sequence[Mapping[str, Any]] = (),
    made: str | None = None,
    alone: bool = False,
    names_workspaces: bool = False,
    ends_session: bool = False,
    **names: str,
) -> Rule:
    found = frozenset(answers) | ({refuses} if refuses else set())
    return Rule(
        names={path.replace("__", "."): kind for path, kind in names.items()},
        answers=found or frozenset({OK}),
        refuses=refuses,
        shows=shows,
        differs=differs,
        also=also or {},
        variations=variations,
        made=made,
        alone=alone,
        names_workspaces=names_workspaces,
        ends_session=ends_session,
    )


_TESTED: Final = {"name": "zqbattle test", "nodes": [{"id": "zqbattle_begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}], "connections": []}

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        # session
        "sign_in": _rule("IL032", "IL033", email="email"),
        "get_session": _rule(names_workspaces=True),
        "sign_out": _rule(ends_session=True),
        "change_password": _rule("IL032", "IL033", ends_session=True),
        "switch_workspace": _rule("IL031", NO_WORKSPACE, names_workspaces=True, ends_session=True, workspace_id="workspace"),
        # workflows
        "list_workflows": _rule(variations=[{}], search="search", tag="tag", cursor="cursor_of_list_workflows"),
        "create_workflow": _rule(made="/workflows/{}", definition="definition"),
        "validate_workflow": _rule(definition="definition"),
        "get_workflow": _rule(refuses=NO_WORKFLOW, workflow="workflow"),
        "update_workflow": _rule(
            *(OK, "IL019"),
            refuses=NO_WORKFLOW,
            made="/workflows/{}",
            alone=True,
            workflow="workflow",
            definition="definition",
            expected_version="version",
        ),
        "delete_workflow": _rule(OK, "IL019", refuses=NO_WORKFLOW, workflow="workflow", expected_version="version"),
        "list_versions": _rule(OK, refuses=NO_WORKFLOW, workflow="workflow", cursor="cursor_of_list_versions"),
        "get_version": _rule(OK, "IL006", refuses=NO_WORKFLOW, workflow="workflow", version="version"),
        "run_workflow": _rule(
            *(OK, "IL006", "IL007", "IL008", "IL017"),
            refuses=NO_WORKFLOW,
            workflow="workflow",
            version="version",
            trigger="trigger",
            subject="subject",
            idempotency_key="idempotency_key",
        ),
        "test_workflow": _rule(
            *(OK, NO_WORKFLOW, NOT_FOUND),
            also={"definition": _TESTED},
            workflow="workflow",
            from_execution="execution",
            subject="subject",
        ),
        "list_workflow_executions": _rule(OK, refuses=NO_WORKFLOW, workflow="workflow", cursor="cursor_of_list_workflow_executions"),
        # drafts
        "list_drafts": _rule(OK, NO_WORKFLOW, variations=[{}], workflow="workflow", cursor="cursor_of_list_drafts"),
        "get_draft": _rule(refuses=NO_DRAFT, draft_id="draft"),
        "save_draft": _rule(
            *(OK, NO_WORKFLOW, NO_DRAFT, "IL025", NOT_VALID),
            also={"revision": 1, "text": "zqbattle text", "syntax": "yaml"},
            draft_id="draft",
            workflow="workflow",
            base_version="version",
        ),
        "delete_draft": _rule(draft_id="draft"),
        "report_editing": _rule(refuses=NO_WORKFLOW, workflow="workflow"),
        # executions
        "list_executions": _rule(OK, NO_WORKFLOW, variations=[{}], workflow="workflow", subject="subject", cursor="cursor_of_list_executions"),
        "count_executions": _rule(OK, NO_WORKFLOW, variations=[{}], workflow="workflow", subject="subject"),
        "get_execution": _rule(OK, NOT_VALID, refuses=NOT_FOUND, execution_id="execution", run_data_cursor="cursor_of_get_execution"),
        "get_execution_definition": _rule(refuses=NOT_FOUND, execution_id="execution"),
        "list_execution_assignments": _rule(refuses=NOT_FOUND, execution_id="execution", since="change_number"),
        "get_assignment": _rule(refuses=NOT_FOUND, execution_id="execution", assignment_id="assignment"),
        "watch_execution": _rule(refuses=NOT_FOUND, execution_id="execution", since="change_number"),
        "cancel_execution": _rule(refuses=NOT_FOUND, execution_id="execution"),
        "cancel_assignment": _rule(refuses=NOT_FOUND, execution_id="execution", assignment_id="assignment"),
        "suspend_execution": _rule(refuses=NOT_FOUND, execution_id="execution"),
        "continue_execution": _rule(refuses=NOT_FOUND, execution_id="execution"),
        "retry_execution": _rule(
            *(OK, "IL013", "IL015", "IL016", "IL017"),
            refuses=NOT_FOUND,
            execution_id="execution",
            from_node="node",
            idempotency_key="idempotency_key",
        ),
        "explain_execution": _rule(refuses=NOT_FOUND, execution_id="execution"),
        # assignments
        "list_assignments": _rule(
            OK, NO_WORKFLOW, variations=[{}, {"mine": True}], queue="queue", workflow="workflow", cursor="cursor_of_list_assignments"
        ),
        "claim_assignments": _rule(
            OK,
            refuses="IL011",
            differs="an id that no worker has is how a new worker begins; any other is refused like that of a worker that was lost",
            worker_id="worker",
            request="request_number",
            queues="queue",
        ),
        "complete_assignments": _rule(
            OK,
            refuses=NO_WORKER,
            worker_id="worker",
            request="request_number",
            results__execution_id="execution",
            results__assignment_id="assignment",
            results__attempt="attempt",
        ),
        "heartbeat_worker": _rule(refuses=NO_WORKER, worker_id="worker"),
        "stop_worker": _rule(refuses=NO_WORKER, worker_id="worker"),
        # node types
        "list_node_types": _rule(),
        "get_node_type": _rule(),
        "get_definition_schema": _rule(),
        # expressions
        "evaluate_expression": _rule(
            *(OK, NOT_FOUND),
            also={"text": "{{ input }} {{ nodes }} {{ context }} {{ subject }}"},
            variations=[{"text": "{{ 1 }}"}],
            execution_id="execution",
        ),
        "list_expression_parts": _rule(),
        # people
        "list_users": _rule(variations=[{}], search="search", cursor="cursor_of_list_users"),
        "create_user": _rule(
            made="/users/{}",
            email="email",
            shows="people are of the installation: whoever adds somebody by email sees their name, and gets no password (docs/concepts/security.md)",
        ),
        "get_user": _rule(refuses=NO_USER, user_id="user"),
        "update_user": _rule(refuses=NO_USER, user_id="user"),
        "delete_user": _rule(refuses=NO_USER, user_id="user"),
        "list_api_keys": _rule(variations=[{}], cursor="cursor_of_list_api_keys"),
        "create_api_key": _rule(),
        "revoke_api_key": _rule(refuses=NO_KEY, api_key_id="api_key"),
        # credentials
        "list_credentials": _rule(variations=[{}], cursor="cursor_of_list_credentials"),
        "get_credential": _rule(refuses=NO_CREDENTIAL, credential_id="credential"),
        "create_credential": _rule(OK, also={"allowed_hosts": ["zqbattle.example.com"]}, made="/credentials/{}", name="credential_name"),
        "update_credential": _rule(refuses=NO_CREDENTIAL, credential_id="credential"),
        "test_credential": _rule(refuses=NO_CREDENTIAL, credential_id="credential"),
        "delete_credential": _rule(refuses=NO_CREDENTIAL, credential_id="credential"),
        # workspaces
        "list_workspaces": _rule(names_workspaces=True, cursor="cursor_of_list_workspaces"),
        "get_workspace": _rule(refuses=NO_WORKSPACE, names_workspaces=True, workspace_id="workspace"),
        "create_workspace": _rule("IL031", name="workspace_name"),
        "update_workspace": _rule("IL031", workspace_id="workspace", name="workspace_name"),
        "delete_workspace": _rule("IL031", workspace_id="workspace"),
        # overview
        "get_overview": _rule(OK, NO_WORKFLOW, variations=[{}, {"window_minutes": 43_200}], workflow="workflow"),
        "list_workers": _rule(),
        "list_queues": _rule(),
    }
)

HARMLESS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "name": "zqbattle thing",  # of a key or a person: no two need differ
        "worker_name": "zqbattle worker",
        "input": {"text": "zqbattle input", "lock": "same"},
        "trigger": "zqbattle_begin",
        "only": "zqbattle_begin",
        "until": "zqbattle_begin",
        "from_node": "zqbattle_begin",
        "reason": "zqbattle reason",
        "limit": 50,
        "revision": 1,
        "definition": {"name": "zqbattle"},  # of a draft, which is kept as it is
        "pins": {},
        "note": "zqbattle note",
        "source": "zqbattle source",  # of a definition, which it is compared with
        "lease_seconds": 86_400,
        "window_minutes": 60,
        "run_data_limit": 1,
        "expires_in_days": 1,
        "max_requests": 1_000,
        "max_streams": 1_000,
        "max_running": 1_000,
        "max_stored_bytes": 1_000,
        "description": "zqbattle description",
        "kind": "bearer",
        "fields": {"token": "zqbattle-secret"},
        "allowed_hosts": [],
        "url": "https://zqbattle.example.com",
        "password": "wrong horse battery",
        "current_password": "wrong horse battery",
        "new_password": "correct horse batteries",
        "type": "ACTION_NODE",
        "subtype": "TRANSFORM",
        "outcome": "completed",
        "role": "viewer",
        "output": {"text": "zqbattle output"},
        "port": "main",
        "code": "zqbattle_code",
        "text": "{{ input }}",
        "nodes": {},
        "context": {},
        "execution": {},
        "subject": "zqbattle subject",
        "item": 1,
        "node_id": "begin",
        "from_nodes": ["begin"],
        "parameter": "values",
        "message": "zqbattle message",
        "hint": "zqbattle hint",
        "details": {},
    }
)
"""Fields that name nothing which a workspace has, with a value for where one is required; those with two states are harmless, too."""
