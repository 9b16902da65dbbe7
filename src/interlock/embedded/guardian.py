"""A small process beside the server. It stops the server when the last process that used it is gone, however that process ended.

It is a script that imports little of the standard library, so that it needs little memory: `python -I -S guardian.py TASK`, TASK in JSON. It starts
the server when TASK has a command, then asks for `holders.lock` exclusively. The kernel grants that when no process holds the server any more;
nothing polls. What it needs to know about processes is here, too, because it cannot import the rest of the package.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

PATIENCE_SECONDS = 60.0
ORPHANS_MAY_LIVE_SECONDS = 5.0
_POLL_SECONDS = 0.005


def is_held(path: str) -> bool:
    """Returns whether a process holds `path` exclusively."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def program_of(pid: int) -> str:
    """Returns the name of the program that runs as `pid`; empty when there is none, or only a zombie."""
    if os.path.isdir("/proc/self"):
        try:
            with open(f"/proc/{pid}/stat") as file:
                head, _, tail = file.read().rpartition(")")
        except OSError:
            return ""
        return "" if tail.split()[0] in {"Z", "X"} else head.partition("(")[2]
    answer = subprocess.run(["ps", "-o", "stat=,ucomm=", "-p", str(pid)], check=False, capture_output=True, text=True).stdout.split()
    return "" if len(answer) < 2 or answer[0].startswith("Z") else answer[1]


def works_in(pid: int, folder: str) -> bool:
    """Returns whether the process works in `folder`; PostgreSQL works in its data. True where the system does not show it."""
    if not os.path.isdir("/proc/self"):
        return True
    try:
        return os.readlink(f"/proc/{pid}/cwd") == folder
    except OSError:
        return False  # it has ended, or belongs to another user


def postmaster_pid(cluster: str) -> int | None:
    """Returns the server's first process, by its pid file; None when it has ended."""
    try:
        with open(os.path.join(cluster, "postmaster.pid")) as file:
            pid = int(file.readline())
    except (OSError, ValueError):
        return None
    return pid if pid > 0 and program_of(pid) in {"postgres", "postmaster"} and works_in(pid, cluster) else None


def kill_orphans(cluster: str) -> None:
    """Kill the processes that a killed postmaster left behind. They notice its end by themselves, unless they are busy. Linux only."""
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdecimal() and works_in(int(name), cluster) and program_of(int(name)) == "postgres":
            _send(int(name), signal.SIGKILL)


def stop_server(cluster: str, server_lock: str) -> None:
    """Stop the server and wait until all of its processes have ended; by force when that takes longer than PATIENCE_SECONDS."""
    began_at = time.monotonic()
    sent: signal.Signals | None = None
    while is_held(server_lock):
        elapsed = time.monotonic() - began_at
        pid = postmaster_pid(cluster)
        wanted = signal.SIGINT if elapsed < PATIENCE_SECONDS else signal.SIGQUIT
        if pid is not None and wanted is not sent:
            _send(pid, wanted)
            sent = wanted
        elif pid is None and elapsed > ORPHANS_MAY_LIVE_SECONDS:
            kill_orphans(cluster)
        time.sleep(_POLL_SECONDS)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _start_server(task: dict[str, Any]) -> None:
    """Start the server. It inherits the descriptor of `server.lock`; ours is closed, so that the lock lasts as long as the server."""
    log = os.open(task["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    descriptor = task["server_lock_descriptor"]
    try:
        subprocess.Popen(
            task["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=task["environment"],
            umask=0o077,
            start_new_session=True,
            pass_fds=[descriptor],
            **task["identity"],
        )
    except OSError as error:
        os.write(log, f"{task['command'][0]} does not start: {error}\n".encode())
    finally:
        os.close(log)
        os.close(descriptor)


def _reap(_number: int, _frame: object) -> None:
    """Collect the exit codes of ended children. A killed server must not stay as a zombie: its pid would look alive to the next server."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _watch(task: dict[str, Any]) -> None:
    guardian = os.open(task["guardian_lock"], os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(guardian, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # another guardian watches this server already
    holders = os.open(task["holders_lock"], os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(holders, fcntl.LOCK_EX)
    stop_server(task["cluster"], task["server_lock"])
    os.close(guardian)  # before the other lock: the next holder must find no guardian
    os.close(holders)


def main(task: dict[str, Any]) -> None:
    """Detach from the caller, start the server if the task has a command, and watch it."""
    if os.fork():
        os._exit(0)
    os.setsid()
    signal.signal(signal.SIGCHLD, _reap)
    if task["command"]:
        _start_server(task)
    _watch(task)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
