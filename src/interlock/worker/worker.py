"""The worker: claims assignments, executes them and reports the results."""

import asyncio
import logging
import os
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar
from uuid import UUID, uuid4

import psycopg

from interlock.backoff import Backoff
from interlock.clock import Clock
from interlock.collecting import collecting_rarely
from interlock.controlplane import Assignment, SlimExchange
from interlock.controlplane.listener import Listener, ListenerState
from interlock.credentials import Cipher, CredentialReader, CredentialUse, StoredCredential, cipher_from_environment
from interlock.errors import DatabaseUnavailable, InterlockError, SchemaOutdated
from interlock.nodes import Credentials, NodeExecutorFactory
from interlock.stop_signals import stopping_on_signals
from interlock.tracing import Tracing
from interlock.worker.answers import Failure, classify_failure
from interlock.worker.chaos import Chaos
from interlock.worker.connections import Connections
from interlock.worker.exchange import ExchangeLoop
from interlock.worker.execution import Execution
from interlock.worker.heartbeat import Beat, Heartbeat
from interlock.worker.lane import WorkerGivenUpError
from interlock.worker.memory import note_lack_of_memory
from interlock.worker.notifications import concerns, is_offer, is_offer_to
from interlock.worker.offers import Offers
from interlock.worker.outbox import Report
from interlock.worker.prepared_node import PreparedNode
from interlock.worker.running_ahead import RunningAhead
from interlock.worker.settings import WorkerSettings
from interlock.worker.statistics import Statistics
from interlock.worker.ticker import Ticker
from interlock.worker.traced import traced, traced_ahead
from interlock.worker.versions import PreparedVersion, UnreadableVersion, Versions
from interlock.worker.work import HandedOver, Work

T = TypeVar("T")

CHANNEL: Final = "workflow_changes"
PASSING: Final = frozenset({Failure.AWAY, Failure.TOO_SLOW})  # the same call may succeed later
MEMORY_SECONDS: Final = 0.5  # how often it is looked whether a callback found no memory
STOP_SECONDS: Final = 5.0  # to report that it stops; if that fails, its lease runs out instead


class WornOutError(Exception):
    """Executors that cannot be stopped hold threads of this process: start another process in its place."""


class Worker:
    """Serves its queues until somebody stops it, whatever happens to the database and the connections meanwhile.

    It runs in the event loop that `run` is called in; executors run in a thread of their own, so that none of them holds it up.
    The parts, and whose connection they use: `ExchangeLoop` (one for each lane) reports and claims; `Work` has assignments
    executed; `Heartbeat` (its own, in a thread) proves that the process lives and receives what was revoked; `Listener` (its own)
    receives notifications; `Ticker`, `Versions` and credentials share the last one.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        executors: NodeExecutorFactory,
        *,
        cipher: Cipher | None = None,
        chaos: Chaos | None = None,
        tracing: Tracing | None = None,
        clock: Clock | None = None,
        random_source: Callable[[], float] = random.random,
        logger: logging.Logger | None = None,
    ) -> None:
        self.settings = settings
        self._chaos = chaos or Chaos.from_environment(os.environ)
        self._clock = clock or Clock()
        self._random = random_source
        self._logger = logger or logging.getLogger("interlock.worker")
        self._connections = Connections(settings, self._logger)
        self._control = self._connections.control
        self._credentials = CredentialReader(self._stored_credential, cipher or cipher_from_environment(os.environ))
        self._node_types = ["/".join(name) for name in sorted(executors.names())]
        self.statistics = Statistics()
        self._versions = Versions(self._control.get_version, executors)
        self._ticker = Ticker(
            self._control.tick,
            self._control.measure_workspaces,
            self._wake,
            seconds=settings.tick_seconds,
            backoff=self._backoff(),
            clock=self._clock,
            statistics=self.statistics,
            logger=self._logger,
        )
        execution = Execution(logging.getLogger("interlock.nodes"), self._read_credentials, self._note_lack_of_memory)
        tracing = tracing or Tracing.off()
        self._running_ahead = RunningAhead(
            traced(execution.execute, tracing),
            traced_ahead(execution.execute_ahead, tracing),
            queues=settings.queues,
            payload_limit=settings.payload_limit,
            chaos=self._chaos,
            clock=self._clock,
        )
        if not settings.run_ahead:
            self._running_ahead.stop()
        self._work = Work(
            settings,
            self._running_ahead.execute,
            close_executors=executors.close,
            out_of_time=lambda: self._ticker.expect_due_in(0),
            worn_out=self._wear_out,
            chaos=self._chaos,
            clock=self._clock,
            statistics=self.statistics,
            logger=self._logger,
        )
        self._exchange = ExchangeLoop(
            self._connections.exchanging,
            self._work,
            begin=self._begin,
            expect_due_in=self._ticker.expect_due_in,
            listens=lambda: self._listener.state is ListenerState.LISTENING,
            poll_seconds=settings.poll_seconds,
            make_backoff=self._backoff,
            chaos=self._chaos,
            clock=self._clock,
            statistics=self.statistics,
            logger=self._logger,
        )
        self._listener = Listener(
            CHANNEL,
            connect=self._connections.to_listen,
            send_probe=self._connections.notify,
            hear=self._wake_on_notification,
            hears_again=self._wake,
            probe_seconds=settings.probe_seconds,
            answer_seconds=settings.probe_answer_seconds,
            backoff=self._backoff(),
            clock=self._clock,
            logger=self._logger,
        )
        self._workspaces: Sequence[int] | None = None  # those that it serves; None: all
        self._offers = Offers()
        self._taking_offers: set[asyncio.Task[None]] = set()
        self._deadline: asyncio.Timeout | None = None  # while it serves
        self._control_loop: asyncio.AbstractEventLoop | None = None  # while it serves
        self._stop_count = 0
        self._is_worn_out = self._lacks_memory = self._is_out_of_memory = False
        self.has_left_threads = False
        """After `run`: whether executors that cannot be stopped still hold threads of this process."""
        self.worker_id: UUID | None = None

    @property
    def listener_state(self) -> ListenerState:
        return self._listener.state

    @property
    def is_draining(self) -> bool:
        """Whether it claims no more."""
        return self._stop_count > 0

    @property
    def held_count(self) -> int:
        return self._work.held_count

    @property
    def exchange_count(self) -> int:
        return self.statistics.exchanges

    def stop(self) -> None:
        """Drains: claims nothing more, finishes and reports what it holds. The second call hands back what is not finished."""
        self._stop_count += 1
        if self._stop_count == 1:
            self._logger.info("draining: %d assignments are under way", self._work.held_count, extra={"event": "draining"})
            self._chaos.reach("in_drain")
            self._running_ahead.stop()
            self._exchange.drain()
        elif self._stop_count == 2:
            self._hand_back()

    def _wear_out(self, why: str = "too many executors do not end") -> None:
        """Drains, because too many executors cannot be stopped or there was no memory: another process has to take the place of this one."""
        if self._is_worn_out:
            return
        self._is_worn_out = True
        self._logger.error("%s: this worker drains, to be replaced", why, extra={"event": "worn_out"})
        if self._stop_count == 0:
            self.stop()
        self._clock.call_later(self.settings.replace_seconds, self._hand_back_worn_out)

    def _hand_back_worn_out(self) -> None:
        if self._stop_count == 1:
            self.stop()

    def _hand_back(self) -> None:
        self._logger.info("handing back %d assignments", self._work.held_count, extra={"event": "handing_back"})
        self._limit_hand_back()
        self._work.hand_back()
        self._chaos.reach("in_hand_back")

    def _limit_hand_back(self) -> None:
        if self._deadline is not None and self._stop_count >= 2:
            self._clock.call_later(self.settings.hand_back_seconds / 2, self._work.abandon)
            self._clock.call_later(self.settings.hand_back_seconds, self._end_hand_back)

    def _end_hand_back(self) -> None:
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time())

    async def run(self) -> None:
        """Returns after `stop`, when everything that it held is reported or handed back.

        Raises:
            TimeoutError: it had to hand back and the database did not answer in time; its lease will run out.
            WornOutError: it stopped by itself because too many executors cannot be stopped, or one found no memory; start another process.
            MemoryError, in a group: it found no memory for its own work, so it does not know what of that is missing. Its lease will run out.
        """
        in_time = True
        self._control_loop = asyncio.get_running_loop()
        note_lack_of_memory(self._control_loop, self._end_for_lack_of_memory)
        async with self._connections.closing(), asyncio.TaskGroup() as group:
            background = [group.create_task(self._ticker.run()), group.create_task(self._work.watch()), group.create_task(self._watch_memory())]
            if self.settings.listen:
                background.append(group.create_task(self._listener.run()))
            try:
                async with asyncio.timeout(None) as self._deadline:
                    self._limit_hand_back()
                    await self._serve()
            except TimeoutError:
                in_time = False
            finally:
                self._deadline = None
                for task in background:
                    task.cancel()
                self._credentials.close()
                self.has_left_threads = not await self._work.close()
        if not in_time:
            raise TimeoutError(f"the database did not answer within {self.settings.hand_back_seconds:g} s, and does not know what was handed back")
        if self._is_worn_out:
            raise WornOutError("the worker stopped because executors do not end, or took all memory; start another process in its place")

    def _end_for_lack_of_memory(self) -> None:
        self._is_out_of_memory = True

    def _note_lack_of_memory(self) -> None:
        self._lacks_memory = True

    async def _watch_memory(self) -> None:
        """Drains when an executor found no memory: nobody knows what else found none. Never returns.

        Raises:
            MemoryError: a callback of this loop found none.
        """
        while True:
            await asyncio.sleep(MEMORY_SECONDS)
            if self._lacks_memory:
                self._wear_out("an executor found no memory")
            if self._is_out_of_memory:
                raise MemoryError("the worker found no memory for its own work")

    async def run_until_signalled(self) -> None:
        """Runs as the only purpose of this process; SIGTERM and SIGINT call `stop`."""
        with stopping_on_signals(self.stop), collecting_rarely():
            await self.run()

    async def _serve(self) -> None:
        """Serves under one worker id, and under another one if the database gives the first one up."""
        while True:
            self.worker_id = worker_id = uuid4()
            await self._register(worker_id)
            heartbeat = self._start_heartbeat(worker_id)
            try:
                await self._exchange.run(worker_id)
            except WorkerGivenUpError:
                dropped = self._work.held_count
                self._logger.error(
                    "the database gave this worker up: %d assignments are dropped",
                    dropped,
                    extra={"event": "worker_lost", "worker_id": str(worker_id)},
                )
                self._work.drop_all()
            else:
                heartbeat.stop()
                await self._report_stop(worker_id)
                return
            finally:
                heartbeat.stop()

    async def _register(self, worker_id: UUID) -> None:
        self._chaos.reach("before_register")
        settings = self.settings
        details = {"limits": dict(settings.queues), "node_types": self._node_types}

        async def register() -> None:
            try:
                if settings.workspaces:
                    self._workspaces = [(await self._connections.workspaces.find_workspace(name)).id for name in settings.workspaces]
                await self._control.register_worker(
                    worker_id, settings.name, list(settings.queues), settings.lease_seconds, details, workspaces=self._workspaces
                )
            except SchemaOutdated as error:
                raise DatabaseUnavailable(error.message, hint=error.hint) from error

        await self._call_until_answered(register)
        self._logger.info("registered", extra={"event": "registered", "worker_id": str(worker_id), "queues": dict(settings.queues)})
        self._chaos.reach("after_register")

    async def _report_stop(self, worker_id: UUID) -> None:
        self._chaos.reach("before_stop")
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._control.stop_worker(worker_id)
        except (InterlockError, psycopg.Error, OSError) as error:
            self._logger.warning("stopped, but could not report it: %s", str(error) or "no answer", extra={"event": "stop_not_reported"})
        else:
            self._logger.info("stopped", extra={"event": "stopped", "worker_id": str(worker_id)})

    def _start_heartbeat(self, worker_id: UUID) -> Heartbeat:
        loop = asyncio.get_running_loop()

        def apply(beat: Beat) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._apply_heartbeat, beat)

        heartbeat = Heartbeat(
            self._connections.to_beat,
            worker_id,
            seconds=self.settings.heartbeat_seconds,
            backoff=self._backoff(),
            answered=apply,
            statistics=self.statistics,
            logger=self._logger,
        )
        heartbeat.start()
        return heartbeat

    def _apply_heartbeat(self, beat: Beat) -> None:
        if beat.worker_id != self.worker_id:
            return
        self._work.clock_offset = beat.clock_offset
        if beat.lost:
            self._exchange.give_up(beat.worker_id)
            self._work.drop_all()
        elif beat.revoked:
            self._work.revoke(beat.revoked)

    async def _begin(self, reply: SlimExchange, reports: Sequence[Report]) -> Mapping[int, int]:
        """Has everything executed that a reply to these reports brought. Returns how many there were of each queue, by the queue's index."""
        counts: dict[int, int] = {}
        for assignment in reply.assignments:
            is_offered = assignment["assignment_id"] == reply.offered
            if is_offered and not self._offers.is_new(assignment["execution_id"]):
                continue  # a notification brought it
            begin = self._begin_offered if is_offered else self._work.begin
            queue_index = begin(assignment, await self._node(assignment["version_id"], assignment["node_no"]))
            counts[queue_index] = counts.get(queue_index, 0) + 1
        if reply.handed:
            for queue_index, count in (await self._begin_handed_over(reply, reports)).items():
                counts[queue_index] = counts.get(queue_index, 0) + count
        self._work.submit()
        return counts

    async def _begin_handed_over(self, reply: SlimExchange, reports: Sequence[Report]) -> Mapping[int, int]:
        visits: list[HandedOver] = []
        successors: dict[PreparedNode, PreparedNode] = {}
        for visit in reply.handed:
            report = reports[visit[0]]
            before = report.held
            node = successors.get(before.node)
            if len(visit) > 3:
                node = await self._node(before.claimed["version_id"], visit[3])
            elif node is None:
                node = successors[before.node] = await self._node(before.claimed["version_id"], before.node.plain_next)
            visits.append((before, visit[1], node, report.input_of(visit)))
        return self._work.begin_handed_over(visits, reply.now) if visits else {}

    async def _node(self, version_id: int, number: int) -> PreparedNode:
        version = self._versions.known(version_id) or await self._version(version_id)
        return version.node(number)

    async def _version(self, version_id: int) -> PreparedVersion | UnreadableVersion:
        """Loads a version. What was begun before is executed meanwhile."""
        self._work.submit()
        return await self._call_until_answered(partial(self._load, version_id))

    async def _load(self, version_id: int) -> PreparedVersion | UnreadableVersion:
        try:
            return await self._versions.load(version_id)
        except Exception as error:
            if classify_failure(error) in PASSING:
                raise
            self._logger.exception("a version cannot be read", extra={"event": "version_unreadable", "version_id": version_id})
            return UnreadableVersion(version_id, error)

    async def _read_credentials(self, uses: Iterable[CredentialUse]) -> Credentials:
        """Reads credentials in the control loop, which the reader and its connection belong to; called in the thread of the executors."""
        assert self._control_loop is not None
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._credentials.read(uses), self._control_loop))

    async def _stored_credential(self, name: str, workspace_id: int | None) -> StoredCredential | None:
        return await self._call_until_answered(partial(self._connections.credentials.use, name, workspace_id))

    async def _call_until_answered(self, call: Callable[[], Awaitable[T]]) -> T:
        backoff = self._backoff()
        while True:
            try:
                return await call()
            except Exception as error:
                if classify_failure(error) not in PASSING:
                    raise
                seconds = backoff.next_seconds()
                self._logger.warning("the database is away, trying again in %.2f s: %s", seconds, error, extra={"event": "database_away"})
                await self._clock.sleep(seconds)

    def _wake_on_notification(self, about: str) -> None:
        if not is_offer(about):
            if concerns(about, self._workspaces):
                self._logger.debug("woken: %s", about)
                self._wake()
        elif self.worker_id is not None and is_offer_to(about, self.worker_id):
            self._taking_offers.add(task := asyncio.get_running_loop().create_task(self._take_offer(self.worker_id)))
            task.add_done_callback(self._taking_offers.discard)

    async def _take_offer(self, worker_id: UUID) -> None:
        """Has a visit executed that a start began for this worker. If that fails, the next exchange brings it."""
        try:
            offer = await self._connections.get_offer(worker_id)
            node = None if offer is None else await self._node(offer["version_id"], offer["node_no"])
        except (InterlockError, psycopg.Error, OSError) as error:  # a TimeoutError is an OSError
            self._logger.warning("an offer could not be read: %s", error, extra={"event": "offer_unread"})
            self._wake()
            return
        if offer is None or node is None or worker_id != self.worker_id or not self._exchange.is_serving:
            return
        if self._offers.is_new(offer["execution_id"]):
            self._chaos.reach("after_offer")
            self._begin_offered(offer, node)
            self._work.submit()

    def _begin_offered(self, offer: Assignment, node: PreparedNode) -> int:
        return self._work.begin_offered(offer, node, is_draining=self.is_draining)

    def _wake(self) -> None:
        self._work.capacity.expect_work()
        self._work.wake_lanes()

    def _backoff(self) -> Backoff:
        return Backoff(self.settings.retry_first_seconds, self.settings.retry_most_seconds, random_source=self._random)
