"""CPU time of PostgreSQL and of a process, apart, as the kernel counts it.

Read from /proc, so it is absent (None) on other systems, and for a database on another machine.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCpu:
    """Seconds of one process; `reaped_seconds` is what its ended and awaited children used."""

    parent_pid: int
    own_seconds: float
    reaped_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreTime:
    busy_ticks: int
    all_ticks: int

    def busy_share_since(self, earlier: "CoreTime") -> float:
        passed = self.all_ticks - earlier.all_ticks
        return (self.busy_ticks - earlier.busy_ticks) / passed if passed else 0.0


def read_process(pid: int) -> ProcessCpu | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the command's name may hold blanks; field 3 of proc(5) comes first here
    ticks = os.sysconf("SC_CLK_TCK")
    own, reaped = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return ProcessCpu(parent_pid=int(fields[1]), own_seconds=own / ticks, reaped_seconds=reaped / ticks)


def process_seconds(pid: int) -> float | None:
    """CPU seconds that a process and its ended children have used."""
    process = read_process(pid)
    return None if process is None else process.own_seconds + process.reaped_seconds


def tree_seconds(pid: int) -> float | None:
    """CPU seconds of a process, of its ended children and of its living ones. An ended child's seconds move to its parent: nothing is lost."""
    total = process_seconds(pid)
    if total is None:
        return None
    for entry in Path("/proc").iterdir():
        child = read_process(int(entry.name)) if entry.name.isdigit() else None
        if child is not None and child.parent_pid == pid:
            total += child.own_seconds + child.reaped_seconds
    return total


def busy_shares(before: Mapping[str, CoreTime] | None, after: Mapping[str, CoreTime] | None) -> list[float] | None:
    """The share of the time between two looks that each core was busy, whoever used it; None where it cannot be read."""
    if before is None or after is None:
        return None
    return [after[core].busy_share_since(earlier) for core, earlier in before.items()]


def read_cores() -> dict[str, CoreTime] | None:
    """The time of each core since the machine started. A core that waits for a disk is idle; what a hypervisor took from it counts as busy."""
    try:
        lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    cores = {}
    for name, *fields in map(str.split, lines):
        if name.startswith("cpu") and name != "cpu":
            ticks = [int(field) for field in fields[:8]]  # user, nice, system, idle, iowait, irq, softirq, steal
            cores[name] = CoreTime(busy_ticks=sum(ticks) - ticks[3] - ticks[4], all_ticks=sum(ticks))
    return cores


def resident_bytes(pid: int) -> int | None:
    """Memory of a process that is in RAM now."""
    return _status_bytes(pid, "VmRSS:")


def peak_resident_bytes(pid: int) -> int | None:
    """The most memory that a process ever had in RAM."""
    return _status_bytes(pid, "VmHWM:")


def _status_bytes(pid: int, label: str) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(label)), None)
