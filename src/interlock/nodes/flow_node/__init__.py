"""Nodes that move an execution along. The database resolves them by itself where it can; these executors are for what it leaves to a worker."""
