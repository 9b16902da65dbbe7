"""RUN_CODE in real sandbox processes."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from interlock.nodes import FinalError, RetryableError
from interlock.nodes.action_node.run_code.executor import RunCode
from interlock.nodes.action_node.run_code.sandbox import Sandbox
from tests.nodes.running_code import failure, run


@pytest.fixture
async def executor() -> AsyncIterator[RunCode]:
    made = RunCode(sandbox=Sandbox(processes=2))
    yield made
    await made.close()


def sandboxes() -> set[int]:
    """Sandbox processes that this process has started."""
    listed = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "pid=,comm="], check=True, capture_output=True, text=True).stdout
    return {int(line.split()[0]) for line in listed.splitlines() if line.split()[1] == "monty"}


async def until(condition: Any) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  processes end without telling
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("{'total': price * count}", {"total": 30}),
        ("input['price']", {"value": 10}),
        ("output = {'doubled': price * 2}", {"doubled": 20}),
        ("for i in range(3):\n    output = i", {"value": 2}),
        ("output = 1\nprice", {"value": 10}),
        ("x = 1", {"value": None}),
        ("def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\nf(count + 7)", {"value": 55}),
        ("import json\njson.loads('[1, 2.5, null]')", {"value": [1, 2.5, None]}),
        ("from datetime import date\ndate(2026, 11, 21)", {"value": "2026-11-21"}),
        ("(1, 'ü')", {"value": [1, "ü"]}),
        ("execution['workflow']", {"value": "test"}),
        ("extra + price", {"value": 15}),
        ("output", {"value": None}),
    ],
)
async def test_the_last_expression_or_output_is_the_output(executor: RunCode, code: str, output: dict[str, Any]) -> None:
    assert (
        await run(executor, code, input={"price": 10, "count": 3, "a b": 1, "for": 2, "output": "of the node before"}, values={"extra": 5}) == output
    )


@pytest.mark.parametrize(
    "code",
    [
        "{1: 'a'}",
        "{2, 3}",
        "float('nan')",
        "'\\0'",
        "10 ** 4300",
        "len",
        "class A:\n    pass\nA()",
        "...",
        "x = []\nfor _ in range(300):\n    x = [x]\nx",
    ],
)
async def test_what_is_not_json_is_a_final_error(executor: RunCode, code: str) -> None:
    error = await failure(executor, code)
    assert (error.code, error.retryable) == ("code_output", False)


async def test_an_exception_is_a_final_error_with_its_place_and_what_was_printed(executor: RunCode) -> None:
    error = await failure(executor, "print('so far')\n1 / 0")
    assert (error.code, error.message, error.retryable) == ("code_failed", "ZeroDivisionError: division by zero", False)
    assert (error.details["line"], error.details["exception"], error.details["stdout"]) == (2, "ZeroDivisionError", "so far\n")
    assert isinstance(await failure(executor, "1 / 0", retry_on_failure=True), RetryableError)


@pytest.mark.parametrize("code", ["while True:\n    pass", "import time\nwhile True:\n    time.sleep(0.05)", "n = 0\nwhile n >= 0:\n    n += 1"])
async def test_an_endless_loop_is_ended(executor: RunCode, code: str) -> None:
    error = await failure(executor, code, timeout_seconds=0.3)
    assert (error.code, error.retryable) == ("code_timeout", False)
    assert await run(executor, "1") == {"value": 1}


async def test_a_timeout_error_that_the_code_raises_is_not_the_time_limit(executor: RunCode) -> None:
    assert (await failure(executor, "raise TimeoutError('mine')")).code == "code_failed"


@pytest.mark.parametrize(
    "code",
    ["x = []\nwhile True:\n    x.append('a' * 1000)", "'a' * 10 ** 10", "[0] * 10 ** 10", "2 ** 10 ** 10", "x = [0]\nwhile True:\n    x = x + x"],
)
async def test_code_that_uses_too_much_memory_is_ended(executor: RunCode, code: str) -> None:
    error = await failure(executor, code, memory_mb=16)
    assert (error.code, error.retryable) == ("code_memory", False)
    assert await run(executor, "1") == {"value": 1}


@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/passwd').read()",
        "open('/tmp/written', 'w')",
        "import os\nos.getenv('PATH')",
        "import os\nos.environ['PATH']",
        "import os\nos.listdir('/')",
        "import os\nos.system('true')",
        "from pathlib import Path\nPath('/etc/passwd').read_text()",
        "import socket",
        "import subprocess",
        "import urllib.request",
        "import ctypes",
        "__import__('os').system('true')",
        "().__class__.__bases__[0].__subclasses__()",
    ],
)
async def test_there_are_no_files_no_network_and_no_environment(executor: RunCode, code: str) -> None:
    assert (await failure(executor, code)).code == "code_failed"


async def test_one_program_leaves_nothing_for_the_next() -> None:
    executor = RunCode(sandbox=Sandbox(processes=1))
    await run(executor, "secret = 42\nimport json")
    assert (await failure(executor, "secret")).details["exception"] == "NameError"
    await executor.close()


async def test_what_is_printed_is_kept_up_to_a_limit(executor: RunCode) -> None:
    assert await run(executor, "print('a', 1)\nprint('b')\n7", keep_stdout=True) == {"value": 7, "stdout": "a 1\nb\n"}
    output = await run(executor, "for _ in range(3000):\n    print('x' * 99)\n7", keep_stdout=True)
    assert len(output["stdout"]) < 66_000
    assert output["stdout"].endswith("[the rest is left out]")


async def test_a_killed_sandbox_fails_its_node_and_the_others_go_on(executor: RunCode) -> None:
    await run(executor, "1")
    before = sandboxes()
    failing = asyncio.create_task(failure(executor, "while True:\n    pass", timeout_seconds=20))
    bystander = asyncio.create_task(run(executor, "import time\ntime.sleep(0.5)\n2"))
    await until(lambda: len(sandboxes()) == 2)
    victim = await _busy(before | sandboxes())
    os.kill(victim, signal.SIGKILL)
    error = await failing
    assert (error.code, error.retryable) == ("code_crashed", False)
    assert await bystander == {"value": 2}
    assert await run(executor, "3") == {"value": 3}


async def _busy(processes: set[int]) -> int:
    """The one that uses the processor: the endless loop."""

    def ticks(process: int) -> int:
        return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[11])

    async with asyncio.timeout(60):
        while True:
            for process in processes & sandboxes():
                if ticks(process) > 5:
                    return process
            await asyncio.sleep(0.01)


async def test_an_idle_sandbox_that_was_killed_is_replaced(executor: RunCode) -> None:
    for number in range(20):
        await run(executor, "1")
        for process in sandboxes():
            os.kill(process, signal.SIGKILL)
            os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
        assert await run(executor, "n", input={"n": number}) == {"value": number}


async def test_cancelling_ends_the_sandbox_at_once(executor: RunCode) -> None:
    await run(executor, "1")
    (process,) = sandboxes()
    task = asyncio.create_task(run(executor, "while True:\n    pass", timeout_seconds=60))
    assert await _busy({process}) == process
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: process not in sandboxes())
    assert await run(executor, "2") == {"value": 2}


async def test_more_calls_than_processes_wait_their_turn_and_can_be_cancelled(executor: RunCode) -> None:
    slow = [asyncio.create_task(run(executor, "while True:\n    pass", timeout_seconds=60)) for _ in range(2)]
    waiting = asyncio.create_task(run(executor, "5"))
    await until(lambda: len(sandboxes()) == 2)
    assert not waiting.done()
    slow[0].cancel()
    assert await waiting == {"value": 5}
    slow[1].cancel()
    assert all(isinstance(result, asyncio.CancelledError) for result in await asyncio.gather(*slow, return_exceptions=True))
    assert [await run(executor, "n", input={"n": n}) for n in range(5)] == [{"value": n} for n in range(5)]


async def test_closing_ends_every_sandbox_and_thread() -> None:
    threads = threading.active_count()
    executor = RunCode(sandbox=Sandbox(processes=2))
    await asyncio.gather(*(run(executor, "1") for _ in range(4)))
    assert sandboxes()
    await executor.close()
    await until(lambda: not sandboxes())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sandbox")]
    assert threading.active_count() <= threads + 1


def test_a_process_that_ran_code_ends_cleanly(tmp_path: Path) -> None:
    """Even if it does not close the sandbox: none of its threads may crash the interpreter."""
    program = tmp_path / "program.py"
    program.write_text(
        "import asyncio\n"
        "from interlock.nodes.action_node.run_code.sandbox import Program, Sandbox\n"
        "from interlock.nodes.action_node.run_code.printed import Printed\n"
        "print(asyncio.run(Sandbox().run(Program(code='1 + 1', variables={}, timeout_seconds=1, memory_bytes=10**7), Printed())))\n"
    )
    for _ in range(3):
        ended = subprocess.run([sys.executable, program], check=False, capture_output=True, text=True)
        assert (ended.returncode, ended.stdout) == (0, "2\n"), ended.stderr


def test_errors_of_the_code_are_found_when_it_is_saved() -> None:
    for parameters in (
        {"code": "1 +"},
        {"code": "a\0b"},
        {"code": "("},
        {"code": "1", "values": {"a b": 1}},
        {"code": "1", "values": {"for": 1}},
        {"code": "1", "x": 1},
    ):
        with pytest.raises(ValueError):
            RunCode.parameters.model_validate(parameters)


async def test_a_failure_of_the_code_is_final_by_default(executor: RunCode) -> None:
    assert isinstance(await failure(executor, "raise ValueError('x')"), FinalError)
