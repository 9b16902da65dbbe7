"""The node types that move an execution along: their parameters, and what the database does for them by itself."""
