"""All operations under one name."""

from interlock.client.assignments import AssignmentOperations
from interlock.client.credentials import CredentialOperations
from interlock.client.executions import ExecutionOperations
from interlock.client.node_types import NodeTypeOperations
from interlock.client.overview import OverviewOperations
from interlock.client.session import SessionOperations
from interlock.client.users import UserOperations
from interlock.client.workflows import WorkflowOperations


class Client(
    SessionOperations,
    WorkflowOperations,
    ExecutionOperations,
    AssignmentOperations,
    NodeTypeOperations,
    UserOperations,
    CredentialOperations,
    OverviewOperations,
):
    """An Interlock server, over REST.

    Every operation of the API is a method of the same name; its arguments are the fields of the operation's request, its answer is the
    operation's model. What the server refuses is raised as the class of `interlock.errors` with the same code.

    ```python
    async with Client("http://127.0.0.1:8080", api_key="il_…") as client:
        started = await client.run_workflow("Refund", input={"amount": 40})
        execution = await client.wait_for(started.execution_id)
    ```
    """
