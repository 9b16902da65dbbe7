"""All benchmarks, in the order in which they run."""

from collections.abc import Mapping

from benchmarks import (
    cost,
    diamond,
    fairness,
    first_load,
    flat,
    graph,
    hostile,
    idle,
    latency,
    memory,
    pages,
    requests,
    sequential,
    starting,
    streams,
    throughput,
    two_workers,
    wide,
)
from benchmarks.bench import Benchmark

BENCHMARKS: Mapping[str, Benchmark] = {
    "throughput": throughput.run,
    "two_workers": two_workers.run,
    "diamond": diamond.run,
    "starting": starting.run,
    "latency": latency.run,
    "sequential": sequential.run,
    "wide": wide.run,
    "fairness": fairness.run,
    "cost": cost.run,
    "idle": idle.run,
    "memory": memory.run,
    "requests": requests.run,
    "streams": streams.run,
    "hostile": hostile.run,
    "flat": flat.run,
    "pages": pages.run,
    "graph": graph.run,
    "first_load": first_load.run,
}
