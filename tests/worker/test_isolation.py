"""Executors with `isolation = "process"`: they do the same as in the loop, and they can be killed."""

import logging
import os
from pathlib import Path

import pytest

from tests.worker.engine import Engine, until


async def started_process(file: Path) -> int:
    """The process that the executor wrote into its file."""
    await until(lambda: file.exists() and file.read_text() != "")
    return int(file.read_text())


def is_gone(pid: int) -> bool:
    """Returns whether a process has ended, also if nobody has waited for it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):  # the second: it ended while its file was being read
        return True


async def test_an_executor_in_a_process_gets_everything_and_its_result_counts(engine: Engine) -> None:
    await engine.deploy("apart", {"a": "APART", "b": {"subtype": "RENDER", "parameters": {"text": "kept {{ context.kept }}"}}})
    async with engine.worker():
        [first] = await engine.ended(*await engine.start("apart", {"n": 1}))
        [second] = await engine.ended(*await engine.start("apart", {"n": 2**70}))
    outputs = [(await engine.visit(execution["id"], "a"))["output"] for execution in (first, second)]
    assert [output["given"] for output in outputs] == [{"n": 1}, {"n": 2**70}]
    assert outputs[0]["key"]
    assert outputs[0]["key"] != outputs[1]["key"]
    assert outputs[0]["pid"] == outputs[1]["pid"] != os.getpid()  # a process is kept for the next one
    assert first["output"]["b"]["text"] == "kept 1"


@pytest.mark.parametrize(
    ("how", "code"),
    [("raises", "executor_raised"), ("final", "never"), ("no_json", "result_not_json"), ("dies", "executor_died")],
)
async def test_an_error_in_a_process_fails_its_assignment_and_no_other(engine: Engine, how: str, code: str) -> None:
    await engine.deploy("apart", {"a": "APART"})
    async with engine.worker():
        bad, well = await engine.ended(*await engine.start("apart", {"how": how}, {}))
    assert (bad["status"], bad["error"]["code"], well["status"]) == ("failed", code, "completed")


async def test_an_exception_in_a_process_is_named_and_its_traceback_is_logged(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    await engine.deploy("apart", {"a": "APART"})
    async with engine.worker():
        [failed] = await engine.ended(*await engine.start("apart", {"how": "raises"}))
    assert failed["error"]["message"] == "ZeroDivisionError: of its own"
    assert failed["error"]["details"]["exception"] == "ZeroDivisionError"
    assert 'raise ZeroDivisionError("of its own")' in caplog.text


async def test_the_worker_logs_what_a_process_logs(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    await engine.deploy("apart", {"a": "APART"})
    with caplog.at_level(logging.WARNING):
        async with engine.worker():
            await engine.ended(*await engine.start("apart", {"how": "logs"}))
    assert "said in the process" in caplog.text


@pytest.mark.parametrize("how", ["hangs", "starts_another"])
async def test_a_process_is_killed_at_the_timeout(engine: Engine, tmp_path: Path, how: str) -> None:
    await engine.deploy("apart", {"a": {"subtype": "APART", "timeout_seconds": 3}})
    async with engine.worker() as worker:
        [hanging] = await engine.start("apart", {"how": how, "file": str(tmp_path / "pid")})
        pid = await started_process(tmp_path / "pid")
        [execution] = await engine.ended(hanging)
        await until(lambda: is_gone(pid))
        await until(lambda: worker.held_count == 0)
    assert [attempt["outcome"] for attempt in await engine.attempts(execution["id"])] == ["timed_out"]
    assert not worker.has_left_threads


@pytest.mark.parametrize("how", ["hangs", "starts_another"])
async def test_a_process_is_killed_when_its_execution_is_cancelled(engine: Engine, tmp_path: Path, how: str) -> None:
    await engine.deploy("apart", {"a": "APART"})
    async with engine.worker() as worker:
        [hanging] = await engine.start("apart", {"how": how, "file": str(tmp_path / "pid")})
        pid = await started_process(tmp_path / "pid")
        await engine.control.cancel(hanging)
        await until(lambda: is_gone(pid))
        await until(lambda: worker.held_count == 0)
        [next_one] = await engine.ended(*await engine.start("apart", {}))
    assert next_one["status"] == "completed"


async def test_processes_end_with_the_worker(engine: Engine, tmp_path: Path) -> None:
    await engine.deploy("apart", {"a": "APART"})
    async with engine.worker():
        [done] = await engine.ended(*await engine.start("apart", {}))
        [hanging] = await engine.start("apart", {"how": "hangs", "file": str(tmp_path / "pid")})
        pids = [done["output"]["a"]["pid"], await started_process(tmp_path / "pid")]
    await until(lambda: all(is_gone(pid) for pid in pids))
    assert (await engine.visit(hanging, "a"))["status"] == "pending"


@pytest.mark.parametrize("limit", [1, 3])
async def test_as_many_processes_of_a_type_run_at_once_as_the_setting_says(engine: Engine, limit: int) -> None:
    await engine.deploy("apart", {"a": "APART"})
    async with engine.worker(process_limit=limit):
        ended = await engine.ended(*await engine.start("apart", *({"n": number} for number in range(3))))
    assert {execution["status"] for execution in ended} == {"completed"}
    assert len({(await engine.visit(execution["id"], "a"))["output"]["pid"] for execution in ended}) == limit
