"""Nodes that decide where an execution goes. The database resolves them if it can; a worker runs these executors for the rest."""
