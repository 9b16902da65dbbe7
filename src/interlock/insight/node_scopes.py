"""Reads what the expressions of a node see in an execution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString
from uuid import UUID

from interlock.clock import utc_text
from interlock.insight.execution_details import not_found
from interlock.insight.execution_pages import OF_WORKFLOW
from interlock.insight.reading import Row, Scope, in_workspace, read_rows

SCOPE_BYTES: Final = 8 * 1024 * 1024
"""Maximum size of the context, of an input, and of all outputs together."""

_EXECUTION: LiteralString = f"""
    select e.id, w.name as workflow, v.version, e.started_at, e.subject, e.input,
           case when octet_length(e.context::text) <= %(most)s then e.context end as context
    from interlock.executions e {OF_WORKFLOW}
    where e.id = %(execution)s and {in_workspace("e")}
"""
_INPUT: LiteralString = f"""
    select case when octet_length(a.input::text) <= %(most)s then a.input end as input
    from interlock.assignment_details a
    join interlock.executions e on e.id = a.execution_id
    where a.execution_id = %(execution)s and a.node_id = %(node)s and a.status <> 'holding' and {in_workspace("e")}
    order by a.visit desc limit 1
"""
# The latest visit that has ended of each node, as interlock.node_outputs finds it. What comes after too much is left out.
_OUTPUTS: LiteralString = f"""
    select s.node_id, s.visit, s.status, s.size <= %(most)s as fits, case when s.size <= %(most)s then s.output end as output
    from (
        select n.node_id, v.visit, v.status, o.output, sum(octet_length(o.output::text)) over (order by n.node_no) as size
        from interlock.executions e
        join interlock.nodes n on n.version_id = e.version_id
        cross join lateral (
            select a.id, a.visit, a.status from interlock.assignments a
            where a.execution_id = e.id and a.node_no = n.node_no and a.parent_assignment_id is null and a.status in ('completed', 'failed')
            order by a.visit desc limit 1
        ) v
        cross join lateral (select interlock.output_of(e.id, v.id) as output offset 0) o
        where e.id = %(execution)s and {in_workspace("e")} and (%(nodes)s::text[] is null or n.node_id = any (%(nodes)s))
    ) s
"""


class TooLarge(Exception):
    """What the expressions of a node see is too large to be read here."""

    code = "too_large"
    hint = "Give the part that you need in the request."

    def __init__(self, what: str) -> None:
        self.message = f"{what} is larger than {SCOPE_BYTES // 1024 // 1024} MiB."
        super().__init__(self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeScope:
    """What the expressions of a node see."""

    input: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    execution: Mapping[str, Any] = field(default_factory=dict)
    subject: str | None = None


async def read_node_scope(
    scope: Scope, execution: UUID, *, node: str | None, from_nodes: Sequence[str] = (), nodes: Sequence[str] | None = None
) -> NodeScope:
    """Read what a node sees in an execution, as it is now.

    Args:
        node: the node whose latest visit has the input; None: the input is that of the execution.
        from_nodes: what gives the input, in this order, if the node was not visited.
        nodes: whose outputs are read; None: those of all nodes.

    Raises:
        ExecutionNotFound: there is no such execution.
        TooLarge: the input, the context or the outputs are larger than 8 MiB.
    """
    found = await read_rows(scope, _EXECUTION, execution=execution, most=SCOPE_BYTES)
    if not found:
        raise not_found(execution)
    (row,) = found
    if row["context"] is None:
        raise TooLarge("The context of the execution")
    return NodeScope(
        input=await _input(scope, row, node, from_nodes),
        nodes={} if nodes is not None and not nodes else await _outputs(scope, execution, nodes),
        context=row["context"],
        execution=_facts(row),
        subject=row["subject"],
    )


async def _input(scope: Scope, row: Row, node: str | None, from_nodes: Sequence[str]) -> Mapping[str, Any]:
    if node is not None:
        visits = await read_rows(scope, _INPUT, execution=row["id"], node=node, most=SCOPE_BYTES)
        if visits and visits[0]["input"] is None:
            raise TooLarge(f"The input of the node {node:.100}")
        if visits:
            given: Mapping[str, Any] = visits[0]["input"]
            return given
    if from_nodes:
        outputs = await _outputs(scope, row["id"], from_nodes)
        brought = [outputs[one]["output"] for one in from_nodes if one in outputs]
        if brought:
            return {key: value for output in brought if isinstance(output, dict) for key, value in output.items()}
    whole: Mapping[str, Any] = row["input"] or {}
    return whole


async def _outputs(scope: Scope, execution: UUID, nodes: Sequence[str] | None) -> Mapping[str, Any]:
    rows = await read_rows(scope, _OUTPUTS, execution=execution, nodes=None if nodes is None else list(nodes), most=SCOPE_BYTES)
    if not all(row["fits"] for row in rows):
        raise TooLarge("What the nodes gave")
    return {row["node_id"]: {"output": row["output"], "visit": row["visit"], "status": row["status"]} for row in rows}


def _facts(row: Row) -> Mapping[str, Any]:
    """Returns what expressions see as `execution`, in the form that workers and the database give it."""
    started_at = row["started_at"]
    return {
        "id": str(row["id"]),
        "workflow": row["workflow"],
        "version": row["version"],
        "started_at": None if started_at is None else utc_text(started_at),
    }
