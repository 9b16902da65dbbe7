"""Every operation of the API, once: what it takes and gives, what it needs, and where REST and gRPC have it.

REST's routes, gRPC's methods, the Python client and the role matrix of the tests are all held against this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from interlock.api.auth.permissions import Permission
from interlock.api.models import assignments, credentials, executions, node_types, overview, users, workflows
from interlock.api.models.base import Answer, Nothing, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation.

    Attributes:
        name: its name everywhere: the operation id of OpenAPI, the method of the Python client, the function in `services/`; in
            gRPC in CamelCase.
        service: the module in `services/`, and the service of gRPC.
        method, path: REST, below `/api/v1`; names in braces are fields of the request.
        permission: what the caller's role must have.
        status: HTTP status of success.
        streams: answers with any number of events.
    """

    name: str
    service: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    permission: Permission
    request: type[Request]
    answer: type[Answer]
    status: int = 200
    streams: bool = False


def _operation(
    name: str,
    service: str,
    rest: str,
    permission: Permission,
    request: type[Request],
    answer: type[Answer],
    status: int = 200,
    *,
    streams: bool = False,
) -> Operation:
    method, path = rest.split(" ")
    return Operation(
        name=name,
        service=service,
        method=method,  # type: ignore[arg-type]  # one of the five, a test looks
        path=path,
        permission=permission,
        request=request,
        answer=answer,
        status=status,
        streams=streams,
    )


_P = Permission

_ALL: Final = (
    _operation("sign_in", "session", "POST /session", _P.PUBLIC, users.SignIn, users.Session),
    _operation("get_session", "session", "GET /session", _P.ACCOUNT, users.GetSession, users.Session),
    _operation("sign_out", "session", "DELETE /session", _P.ACCOUNT, users.SignOut, Nothing, 204),
    _operation("change_password", "session", "PUT /session/password", _P.ACCOUNT, users.ChangePassword, users.Session),
    _operation("list_workflows", "workflows", "GET /workflows", _P.WORKFLOWS_READ, workflows.ListWorkflows, workflows.WorkflowList),
    _operation("create_workflow", "workflows", "POST /workflows", _P.WORKFLOWS_WRITE, workflows.CreateWorkflow, workflows.SavedWorkflow, 201),
    _operation(
        "validate_workflow", "workflows", "POST /workflows/validate", _P.WORKFLOWS_READ, workflows.ValidateWorkflow, workflows.ValidationReport
    ),
    _operation("get_workflow", "workflows", "GET /workflows/{workflow}", _P.WORKFLOWS_READ, workflows.GetWorkflow, workflows.Workflow),
    _operation("update_workflow", "workflows", "PUT /workflows/{workflow}", _P.WORKFLOWS_WRITE, workflows.UpdateWorkflow, workflows.SavedWorkflow),
    _operation("delete_workflow", "workflows", "DELETE /workflows/{workflow}", _P.WORKFLOWS_WRITE, workflows.DeleteWorkflow, Nothing, 204),
    _operation("list_versions", "workflows", "GET /workflows/{workflow}/versions", _P.WORKFLOWS_READ, workflows.ListVersions, workflows.VersionList),
    _operation(
        "get_version", "workflows", "GET /workflows/{workflow}/versions/{version}", _P.WORKFLOWS_READ, workflows.GetVersion, workflows.Workflow
    ),
    _operation(
        "run_workflow", "workflows", "POST /workflows/{workflow}/run", _P.WORKFLOWS_RUN, workflows.RunWorkflow, workflows.StartedExecution, 202
    ),
    _operation(
        "list_workflow_executions",
        "workflows",
        "GET /workflows/{workflow}/executions",
        _P.EXECUTIONS_READ,
        executions.ListWorkflowExecutions,
        executions.ExecutionList,
    ),
    _operation("list_executions", "executions", "GET /executions", _P.EXECUTIONS_READ, executions.ListExecutions, executions.ExecutionList),
    _operation(
        "count_executions", "executions", "GET /executions/counts", _P.EXECUTIONS_READ, executions.CountExecutions, executions.ExecutionCounts
    ),
    _operation("get_execution", "executions", "GET /executions/{execution_id}", _P.EXECUTIONS_READ, executions.GetExecution, executions.Execution),
    _operation(
        "list_execution_assignments",
        "executions",
        "GET /executions/{execution_id}/assignments",
        _P.EXECUTIONS_READ,
        executions.ListExecutionAssignments,
        executions.ExecutionAssignments,
    ),
    _operation(
        "get_assignment",
        "executions",
        "GET /executions/{execution_id}/assignments/{assignment_id}",
        _P.EXECUTIONS_READ,
        executions.GetAssignment,
        executions.Assignment,
    ),
    _operation(
        "watch_execution",
        "executions",
        "GET /executions/{execution_id}/events",
        _P.EXECUTIONS_READ,
        executions.WatchExecution,
        executions.ExecutionEvent,
        streams=True,
    ),
    _operation(
        "cancel_execution",
        "executions",
        "POST /executions/{execution_id}/cancel",
        _P.EXECUTIONS_CHANGE,
        executions.CancelExecution,
        executions.Changed,
    ),
    _operation(
        "cancel_assignment",
        "executions",
        "POST /executions/{execution_id}/assignments/{assignment_id}/cancel",
        _P.EXECUTIONS_CHANGE,
        executions.CancelAssignment,
        executions.Changed,
    ),
    _operation(
        "suspend_execution",
        "executions",
        "POST /executions/{execution_id}/suspend",
        _P.EXECUTIONS_CHANGE,
        executions.SuspendExecution,
        executions.Changed,
    ),
    _operation(
        "continue_execution",
        "executions",
        "POST /executions/{execution_id}/continue",
        _P.EXECUTIONS_CHANGE,
        executions.ContinueExecution,
        executions.Changed,
    ),
    _operation(
        "retry_execution",
        "executions",
        "POST /executions/{execution_id}/retry",
        _P.EXECUTIONS_CHANGE,
        executions.RetryExecution,
        executions.RetriedExecution,
        202,
    ),
    _operation(
        "explain_execution",
        "executions",
        "GET /executions/{execution_id}/explain",
        _P.EXECUTIONS_READ,
        executions.ExplainExecution,
        executions.Explanation,
    ),
    _operation("list_assignments", "assignments", "GET /assignments", _P.ASSIGNMENTS_READ, assignments.ListAssignments, assignments.AssignmentList),
    _operation(
        "claim_assignments",
        "assignments",
        "POST /assignments/claim",
        _P.ASSIGNMENTS_WORK,
        assignments.ClaimAssignments,
        assignments.ClaimedAssignments,
    ),
    _operation(
        "complete_assignments",
        "assignments",
        "POST /assignments/complete",
        _P.ASSIGNMENTS_WORK,
        assignments.CompleteAssignments,
        assignments.CompletedAssignments,
    ),
    _operation(
        "heartbeat_worker",
        "assignments",
        "POST /assignments/heartbeat",
        _P.ASSIGNMENTS_WORK,
        assignments.HeartbeatWorker,
        assignments.WorkerHeartbeat,
    ),
    _operation("list_node_types", "node_types", "GET /node-types", _P.ACCOUNT, node_types.ListNodeTypes, node_types.NodeTypeList),
    _operation("get_node_type", "node_types", "GET /node-types/{type}/{subtype}", _P.ACCOUNT, node_types.GetNodeType, node_types.NodeType),
    _operation(
        "get_definition_schema", "node_types", "GET /definition-schema", _P.ACCOUNT, node_types.GetDefinitionSchema, node_types.DefinitionSchema
    ),
    _operation("list_users", "users", "GET /users", _P.USERS_MANAGE, users.ListUsers, users.UserList),
    _operation("create_user", "users", "POST /users", _P.USERS_MANAGE, users.CreateUser, users.UserWithPassword, 201),
    _operation("get_user", "users", "GET /users/{user_id}", _P.USERS_MANAGE, users.GetUser, users.User),
    _operation("update_user", "users", "PATCH /users/{user_id}", _P.USERS_MANAGE, users.UpdateUser, users.UserWithPassword),
    _operation("delete_user", "users", "DELETE /users/{user_id}", _P.USERS_MANAGE, users.DeleteUser, Nothing, 204),
    _operation("list_api_keys", "api_keys", "GET /api-keys", _P.ACCOUNT, users.ListApiKeys, users.ApiKeyList),
    _operation("create_api_key", "api_keys", "POST /api-keys", _P.ACCOUNT, users.CreateApiKey, users.CreatedApiKey, 201),
    _operation("revoke_api_key", "api_keys", "DELETE /api-keys/{api_key_id}", _P.ACCOUNT, users.RevokeApiKey, Nothing, 204),
    _operation("list_credentials", "credentials", "GET /credentials", _P.CREDENTIALS_READ, credentials.ListCredentials, credentials.CredentialList),
    _operation(
        "create_credential", "credentials", "POST /credentials", _P.CREDENTIALS_WRITE, credentials.CreateCredential, credentials.Credential, 201
    ),
    _operation(
        "get_credential", "credentials", "GET /credentials/{credential_id}", _P.CREDENTIALS_READ, credentials.GetCredential, credentials.Credential
    ),
    _operation(
        "update_credential",
        "credentials",
        "PATCH /credentials/{credential_id}",
        _P.CREDENTIALS_WRITE,
        credentials.UpdateCredential,
        credentials.Credential,
    ),
    _operation(
        "delete_credential", "credentials", "DELETE /credentials/{credential_id}", _P.CREDENTIALS_WRITE, credentials.DeleteCredential, Nothing, 204
    ),
    _operation("get_overview", "overview", "GET /overview", _P.OVERVIEW_READ, overview.GetOverview, overview.Overview),
    _operation("list_workers", "overview", "GET /workers", _P.OVERVIEW_READ, overview.ListWorkers, overview.WorkerList),
    _operation("list_queues", "overview", "GET /queues", _P.OVERVIEW_READ, overview.ListQueues, overview.QueueList),
)

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType({operation.name: operation for operation in _ALL})
