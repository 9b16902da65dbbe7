"""Compiles a definition to the rows that the control plane works with."""
