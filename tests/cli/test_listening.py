"""Addresses to listen at: which are refused, and which are warned of because others can reach them; and what a log line looks like."""

import logging
import socket
import sys
import threading

import pytest

from interlock.cli.listening import TRIES, free_port, shown_url, warn_if_open
from interlock.cli.logs import LogStyle, log_to_stderr
from interlock.cli.output import Output
from interlock.cli.problem import Problem


def test_a_port_that_becomes_free_is_waited_for() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        assert free_port("127.0.0.1", port, option="--port", pause=listening.close) == port


def test_a_port_that_stays_taken_is_refused_after_twenty_tries() -> None:
    pauses: list[None] = []
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        with pytest.raises(Problem, match=f"port {port} of 127.0.0.1 is taken") as refused:
            free_port("127.0.0.1", port, option="--port", pause=lambda: pauses.append(None))
    assert (refused.value.where, refused.value.code, len(pauses)) == ("--port", "port_taken", TRIES)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused_as_a_wrong_host(host: str) -> None:
    with pytest.raises(Problem, match="this machine cannot listen at") as refused:
        free_port(host, 0, option="--port")
    assert refused.value.where == "--host"


@pytest.mark.parametrize(("host", "warns"), [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True), ("10.1.2.3", True)])
def test_an_address_that_others_can_reach_is_warned_of(host: str, warns: bool, capsys: pytest.CaptureFixture[str]) -> None:
    warn_if_open(host, Output(as_json=True))
    assert ("open to the network" in capsys.readouterr().err) is warns


def test_the_address_that_is_shown_can_be_opened_on_this_machine() -> None:
    assert shown_url("0.0.0.0", 8080) == "http://127.0.0.1:8080"
    assert shown_url("::", 8080) == shown_url("::1", 8080) == "http://[::1]:8080"


def test_an_event_is_one_line_of_the_log_and_a_traceback_several(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    log_to_stderr(LogStyle.TEXT, process="up")
    logging.getLogger("interlock.test").warning("the database is away: %s", "refused\n\tIs the server running?\n")
    try:
        raise ValueError("on purpose")
    except ValueError:
        logging.getLogger("interlock.test").exception("it failed")
    first, second, *traceback = capsys.readouterr().err.splitlines()
    assert first.endswith("WARNING up: the database is away: refused Is the server running?")
    assert second.endswith("ERROR   up: it failed")
    assert traceback[-1] == "ValueError: on purpose"
