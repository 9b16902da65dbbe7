"""Python of a definition, run in a sandboxed interpreter in a process of its own."""
