"""Which visits of joins took tokens of different rounds, read from the state of an execution of the reference model."""

from collections.abc import Iterator

from tests.model.state import Key, State, Token

Past = frozenset[Key]
"""A visit, and every visit that led to it."""


def mixed_visits(state: State) -> set[Key]:
    """The visits that began with a token of one round of a loop beside a token of another round.

    The ways of two tokens part at the last visit that led to both. If one of the two ways comes from that visit to its node again, its token is of a
    later round than the other one. A way that passes the join itself does not count: such a join collects what it gave out before.
    """
    known: dict[Key, Past] = {}
    pasts = {key: _past(state, known, key) for key in state.assignments}
    begun = [key for key, assignment in state.assignments.items() if assignment.status != "holding"]
    return {key for key in begun if _is_mixed(pasts, key, [pasts[token.sender] for token in _used(state, key)])}


def _is_mixed(pasts: dict[Key, Past], join: Key, tokens: list[Past]) -> bool:
    return any(_is_of_a_later_round(pasts, join, other, one) for one in tokens for other in tokens if one != other)


def _is_of_a_later_round(pasts: dict[Key, Past], join: Key, later: Past, earlier: Past) -> bool:
    both = earlier & later
    if join.node in {key.node for key in earlier ^ later}:
        return False
    last = [key for key in both if not any(key in pasts[other] for other in both - {key})]
    return any(again.node == key.node and key in pasts[again] for again in later - earlier for key in last)


def _past(state: State, known: dict[Key, Past], key: Key) -> Past:
    if key not in known:
        known[key] = frozenset({key}).union(*(_past(state, known, sender) for sender in _senders(state, key)))
    return known[key]


def _used(state: State, key: Key) -> list[Token]:
    return [token for token in state.tokens if token.to == key and not token.is_late]


def _senders(state: State, key: Key) -> Iterator[Key]:
    tokens = _used(state, key)
    previous = state.assignments[key].previous
    if previous is not None and not tokens:
        yield previous
    for token in tokens:
        yield token.sender
