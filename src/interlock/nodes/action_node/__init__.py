"""Nodes that do something: call a service, run code, ask a database, reshape data."""
