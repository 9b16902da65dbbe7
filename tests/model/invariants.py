"""What is true of every state, whatever the graph."""

from tests.model.graph import Graph
from tests.model.state import State


def check(graph: Graph, state: State, *, is_retry: bool = False) -> None:
    """A retry leaves visits out, so numbers may be missing."""
    keys = list(state.assignments)
    for node in graph.nodes if not is_retry else ():
        visits = sorted(key.visit for key in keys if key.node == node)
        assert visits == list(range(1, len(visits) + 1)), f"visits of {node}: {visits}"
    # what came of a visit that was late and is run again all the same comes anew where its tokens had been cancelled
    stood = [key for key in keys if not (is_retry and state.assignments[key].status == "cancelled")]
    twice = [key for key in stood if any(other.node == key.node and other.visit < key.visit for other in stood) and not graph.may_repeat(key.node)]
    assert not twice, f"visited twice: {twice}"
    placed = [(token.to, token.slot) for token in state.tokens]
    assert len(placed) == len(set(placed)), "two tokens in one slot"
    sent = [(token.sender, token.to.node, token.slot) for token in state.tokens]
    assert len(sent) == len(set(sent)), "a token was delivered twice"
    holding = [a.key for a in state.of_status("holding")]
    for key in holding:
        assert state.tokens_of(key), f"{key} holds nothing"
        later = [other for other in keys if other.node == key.node and other.visit > key.visit]
        assert is_retry or all(state.assignments[other].status in ("holding", "cancelled") for other in later), f"{key} was overtaken"
    open_ones = [a for a in state.assignments.values() if a.is_open]
    if state.is_over:
        assert not [a for a in open_ones if not a.is_leaving], "open assignments in an execution that is over"
    else:
        assert [a for a in open_ones if a.status in ("pending", "running", "waiting")], "nothing can happen any more: deadlock"
