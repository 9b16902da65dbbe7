"""Graphs in which engines hang, run a node twice, run it too early or never stop, each worked through by hand."""

from tests.model.dangerous import joins, loops, ordered

CASES = (*joins.CASES, *loops.CASES, *ordered.CASES)
