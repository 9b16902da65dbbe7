"""The state of the installation."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.models.overview import GetOverview, ListQueues, ListWorkers, Overview, QueueList, WorkerList
from interlock.api.operations.operation import Operation, Service
from interlock.errors import WorkflowNotFound

SERVICE: Final[Service] = "overview"

OPERATIONS: Final = (
    Operation(
        name="get_overview",
        service=SERVICE,
        rest="GET /overview",
        permission=Permission.OVERVIEW_READ,
        request=GetOverview,
        answer=Overview,
        errors=(WorkflowNotFound,),
    ),
    Operation(
        name="list_workers",
        service=SERVICE,
        rest="GET /workers",
        permission=Permission.OVERVIEW_READ,
        request=ListWorkers,
        answer=WorkerList,
    ),
    Operation(
        name="list_queues",
        service=SERVICE,
        rest="GET /queues",
        permission=Permission.OVERVIEW_READ,
        request=ListQueues,
        answer=QueueList,
    ),
)
