"""Nodes that an execution starts at."""
