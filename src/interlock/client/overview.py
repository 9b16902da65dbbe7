"""How the whole is doing."""

from interlock.api.models.overview import Overview, QueueList, WorkerList
from interlock.client.calling import Caller


class OverviewOperations(Caller):
    async def get_overview(self, *, window_minutes: int | None = None, workflow: str | None = None) -> Overview:
        """Throughput, durations, failures, what waits, and what is wrong."""
        return await self._ask("get_overview", Overview, window_minutes=window_minutes, workflow=workflow)

    async def list_workers(self) -> WorkerList:
        """Those alive, and those that ended or were lost within the last hour."""
        return await self._ask("list_workers", WorkerList)

    async def list_queues(self) -> QueueList:
        """Queues in which something is open, or that somebody serves."""
        return await self._ask("list_queues", QueueList)
