"""The table that a run ends with."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from tests.soak.load import Ledger
from tests.soak.memory import MEBIBYTE, Samples
from tests.soak.proof import Proof
from tests.soak.troubles import Trouble

SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came of a run."""

    seconds: float
    left_out: Sequence[str]
    ledger: Ledger
    troubles: Sequence[Trouble]
    samples: Sequence[Samples]
    proof: Proof

    @property
    def is_good(self) -> bool:
        return not self.ledger.problems


def print_report(run: Run) -> None:
    proof, waits = run.proof, sorted(run.ledger.waits)
    lines = [f"\n## {run.seconds:.0f} s of load\n"]
    lines += _table(
        ("what", "count"),
        [(name, str(count)) for name, count in run.ledger.counts.items()]
        + [(f"executions {status}", str(count)) for status, count in sorted(proof.statuses.items())]
        + [
            ("visits", str(proof.visits)),
            ("visits lost with a worker, and done again", str(proof.losses)),
            ("attempts that failed, and were repeated or not", str(proof.failed_attempts)),
            ("effects outside, each within its bound", str(proof.effects)),
            ("repeats that found their row by the key", str(proof.repeats)),
            ("size of the database, MiB", f"{proof.database_bytes / MEBIBYTE:.0f}"),
        ],
    )
    if len(waits) > 1:
        middle, late = quantiles(waits, n=20)[9], quantiles(waits, n=20)[18]
        lines += [f"\nAn order took {middle:.1f} s (median), {late:.1f} s (95 %), {waits[-1]:.1f} s at most.\n"]
    lines += _table(
        ("trouble", "times", "back after s, median", "most"),
        [(one.name, str(len(one.back)), f"{sorted(one.back)[len(one.back) // 2]:.1f}", f"{max(one.back):.1f}") for one in run.troubles],
    )
    lines.append("")
    lines += _table(
        ("memory, MiB", "begin", "end", "most", ""),
        [
            (
                one.name,
                f"{one.begin / MEBIBYTE:.1f}",
                f"{one.end / MEBIBYTE:.1f}",
                f"{one.most / MEBIBYTE:.1f}",
                ("flat" if one.is_flat(run.seconds) else "grows") if one.is_judged else "not judged: its processes change",
            )
            for one in run.samples
        ],
    )
    lines.append("")
    lines += _table(("left behind", "rows"), [(name, str(count)) for name, count in proof.left.items()])
    lines += ["\nRows: " + ", ".join(f"{table} {count}" for table, count in proof.rows.items()) + ".\n"]
    lines += [f"Left out: {reason}." for reason in run.left_out]
    lines += [f"- {problem}" for problem in run.ledger.problems[:SHOWN_PROBLEMS]]
    lines.append("**All is well.**" if run.is_good else f"**{len(run.ledger.problems)} problems.**")
    print("\n".join(lines), flush=True)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
